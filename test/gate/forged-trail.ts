import { APPROVAL_TOKEN_TYPE, approvalFactSha256 } from '../../src/domain/approval-token.ts';
import { type AuditEvent, sealEvent } from '../../src/domain/audit-event.ts';
import { jwsPayload } from '../../src/domain/compact-jws.ts';
import { draftDigest } from '../../src/domain/draft.ts';
import { GENESIS_HASH } from '../../src/domain/hash-chain.ts';
import { isIncidentId } from '../../src/domain/ids.ts';
import { signToken } from '../../src/services/signatures.ts';
import { signerOf } from './gate-world.ts';

type Trail = readonly AuditEvent[];
/** A trail after a hand was on it; undefined when the story has nothing to be forged so. */
type Forgery = (events: Trail) => Promise<AuditEvent[] | undefined> | AuditEvent[] | undefined;
// biome-ignore lint/suspicious/noExplicitAny: a hand on the table respects no type.
type Loose = any;

/**
 * Cuts and forgeries by somebody who can write the whole table, has all hashes made right again, and
 * has removed every projection. Signing keys are not theirs, but where a kind says so.
 */
export const FORGERIES: Record<string, Forgery> = {
  'an approval and its publication are cut off the end': (events) => {
    const published = events.findLast(({ type }) => type === 'STATUSPAGE_PUBLISHED');
    const approved = approvalOf(events, published);
    if (!published || !approved || !hasNote(events, approved)) return undefined;
    const { incidentId } = published;
    return events.filter((event) => event.incidentId !== incidentId || event.seq < approved.seq);
  },
  'an incident is erased whole': (events) => {
    const first = events.find((event) => event.seq === 1 && hasNote(events, event));
    return first && events.filter(({ incidentId }) => incidentId !== first.incidentId);
  },
  'the chain of a day is erased whole': (events) => {
    const link = events.find((event) => event.type === 'CHAIN_NOTED' && event.details.dayBefore);
    if (link?.type !== 'CHAIN_NOTED') return undefined;
    return events.filter(({ incidentId }) => incidentId !== link.details.dayBefore?.incidentId);
  },
  'an event is taken out of the middle': (events) => {
    const approved = firstOf(events, 'STATUSPAGE_DRAFT_APPROVED');
    if (!approved) return undefined;
    const gone = events.filter(
      (event) => event.incidentId !== approved.incidentId || event.seq !== 2,
    );
    return chainedAgain(gone, approved.incidentId);
  },
  'an event before a signature is edited': (events) => {
    const approved = firstOf(events, 'STATUSPAGE_DRAFT_APPROVED');
    return (
      approved &&
      edited(events, { ...approved, seq: 1 }, ({ details }) => {
        details.title = 'Nothing much';
      })
    );
  },
  'a text is exchanged together with its digest': (events) => {
    const approved = firstOf(events, 'STATUSPAGE_DRAFT_APPROVED');
    const draft = approved && revisionOf(events, approved);
    return (
      draft &&
      edited(events, draft, ({ details }) => {
        details.request.body.incident.body = 'All is well.';
        details.digest = draftDigest(details.request, details.basedOn);
      })
    );
  },
  'an approval is put in another person’s name': (events) => {
    const approved = firstOf(events, 'STATUSPAGE_DRAFT_APPROVED');
    return (
      approved &&
      edited(events, approved, ({ actor }) => {
        actor.id = 'U0EVE';
      })
    );
  },
  'an approval is given as commander by somebody whom no event made one, signed with the key':
    async (events) => {
      const approved = events.findLast(({ type }) => type === 'STATUSPAGE_DRAFT_APPROVED');
      if (approved?.type !== 'STATUSPAGE_DRAFT_APPROVED') return undefined;
      const forged: Loose = structuredClone(approved);
      forged.details.incidentCommander = approved.actor.id;
      if (approved.details.incidentCommander === approved.actor.id) {
        forged.details.incidentCommander = 'U0NOBODY';
      }
      const claims = { ...jwsPayload(approved.details.approvalJws) };
      const factSha256 = approvalFactSha256(forged);
      forged.details.approvalJws = await signToken(signerOf('approval'), APPROVAL_TOKEN_TYPE, {
        ...claims,
        factSha256,
      });
      const { incidentId, seq } = approved;
      const before = events.filter((event) => event.incidentId !== incidentId || event.seq < seq);
      return chainedAgain([...before, forged], incidentId);
    },
  'a failure follows a publication': (events) => {
    const published = events.findLast(({ type }) => type === 'STATUSPAGE_PUBLISHED');
    if (published?.type !== 'STATUSPAGE_PUBLISHED') return undefined;
    const { draftId, revision, publicationId, attempt, attemptId } = published.details;
    const details = { draftId, revision, publicationId, attempt, attemptId };
    return appended(events, published, {
      type: 'STATUSPAGE_PUBLISH_FAILED',
      details: { ...details, reason: 'the status page refused the request', httpStatus: 422 },
      actor: { kind: 'system', id: 'publisher' },
    });
  },
  'an incident is resolved twice': (events) => {
    const resolved = { type: 'INCIDENT_RESOLVED', details: { summary: 'fixed' } };
    const by = { ...resolved, actor: { kind: 'slack_user', id: 'U0DEE' } };
    const first = events[0] as AuditEvent;
    const once = appended(events, first, by);
    return appended(once, first, by);
  },
  'an obligation is settled that was not open': (events) => {
    if (firstOf(events, 'STATUSPAGE_OBLIGATION_OPENED')) return undefined;
    return appended(events, events[0] as AuditEvent, {
      type: 'STATUSPAGE_OBLIGATION_SETTLED',
      details: { how: 'kept', reason: 'it is fine' },
      actor: { kind: 'slack_user', id: 'U0DEE' },
    });
  },
  'an attempt starts that nobody approved': (events) => {
    const started = firstOf(events, 'STATUSPAGE_PUBLISH_STARTED');
    const approved = started && approvalOf(events, started);
    if (!started || !approved) return undefined;
    const { incidentId } = started;
    const before = events.filter(
      (event) => event.incidentId !== incidentId || event.seq < approved.seq,
    );
    return chainedAgain([...before, started], incidentId);
  },
  'a publication is signed by another key': async (events) => {
    const published = events.findLast(({ type }) => type === 'STATUSPAGE_PUBLISHED');
    if (published?.type !== 'STATUSPAGE_PUBLISHED') return undefined;
    const { publicationJws } = published.details;
    const signer = signerOf('stranger', 'key-publication');
    const typ = 'incident-response-publication+jwt';
    const jws = await signToken(signer, typ, { ...jwsPayload(publicationJws) });
    return edited(events, published, ({ details }) => {
      details.publicationJws = jws;
    });
  },
  'a checkpoint says another commander': (events) => {
    const repeats = events.find(({ details }) => 'checkpoint' in details);
    return (
      repeats &&
      edited(events, repeats, ({ details }) => {
        details.checkpoint.ic = 'U0NOBODY';
      })
    );
  },
  'a storm is renamed': (events) => {
    const storm = events.find((event) => event.type === 'INCIDENT_OPENED' && event.details.storm);
    return (
      storm &&
      edited(events, storm, ({ details }) => {
        details.group = 'storm:checkout-api:2';
      })
    );
  },
};

function firstOf<T extends AuditEvent['type']>(events: Trail, type: T) {
  return events.find((event): event is Extract<AuditEvent, { type: T }> => event.type === type);
}

function hasNote(events: Trail, { incidentId, seq }: AuditEvent): boolean {
  return events.some(
    ({ type, details }) =>
      type === 'CHAIN_NOTED' && details.incidentId === incidentId && details.seq === seq,
  );
}

function revisionOf(events: Trail, { incidentId, details }: AuditEvent): AuditEvent | undefined {
  const of = details as Loose;
  return events.find(
    (event) =>
      event.incidentId === incidentId &&
      event.type.startsWith('STATUSPAGE_DRAFT_') &&
      'request' in event.details &&
      event.details.draftId === of.draftId &&
      event.details.revision === of.revision,
  );
}

/** The newest approval of what an event publishes. */
function approvalOf(events: Trail, of: AuditEvent | undefined): AuditEvent | undefined {
  const details = of?.details as Loose;
  return events.findLast(
    (event) =>
      event.type === 'STATUSPAGE_DRAFT_APPROVED' &&
      event.incidentId === of?.incidentId &&
      event.seq < of.seq &&
      event.details.draftId === details.draftId &&
      event.details.revision === details.revision,
  );
}

function edited(
  events: Trail,
  { incidentId, seq }: Pick<AuditEvent, 'incidentId' | 'seq'>,
  change: (row: Loose) => void,
): AuditEvent[] {
  const rows = structuredClone(events) as AuditEvent[];
  change(rows.find((row) => row.incidentId === incidentId && row.seq === seq));
  return chainedAgain(rows, incidentId);
}

function appended(events: Trail, { incidentId }: AuditEvent, fact: object): AuditEvent[] {
  const seq = events.filter((event) => event.incidentId === incidentId).length + 1;
  const { at } = events.at(-1) as AuditEvent;
  const row = { v: 1, incidentId, seq, at, commandId: `forged-${seq}`, ...fact };
  return chainedAgain([...events, row as unknown as AuditEvent], incidentId);
}

/** Numbers and hashes one chain again; a row that repeats a standing where none belongs loses it. */
function chainedAgain(events: Trail, incidentId: string): AuditEvent[] {
  let seq = 0;
  let prevHash = GENESIS_HASH;
  return events.map((event) => {
    if (event.incidentId !== incidentId) return event;
    seq += 1;
    const { hash: _hash, v: _v, ...open } = structuredClone(event) as Loose;
    if (seq % 64 !== 0 || !isIncidentId(incidentId)) delete open.details.checkpoint;
    const sealed = sealEvent({ ...open, seq, prevHash });
    prevHash = sealed.hash;
    return sealed;
  });
}
