import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { ChatError, DeliveryError } from '../../src/domain/errors.ts';
import { say } from '../../src/domain/sentence.ts';
import type { PersonRequest } from '../../src/services/forms.ts';
import {
  HandleIncidentMessage,
  type HandleIncidentMessageDeps,
} from '../../src/services/handle-incident-message.ts';
import { IncidentCommands } from '../../src/services/incident-commands.ts';
import type { RequestOutcome } from '../../src/services/person-requests.ts';
import type { RoomMessage } from '../../src/services/room-messages.ts';
import { SecretCache } from '../../src/services/secret-cache.ts';
import { declareCommand, INCIDENT } from './record-world.ts';
import { chatError, useWorker } from './worker-world.ts';

const world = useWorker('memory');
const BODY = 'command=%2Fincident&text=status';
const SIGNED_AT_S = Date.parse('2026-11-20T23:59:59Z') / 1000;
let did: string[];
let sent: { message: unknown; as: unknown }[];
let answers: { to: string; message: RoomMessage }[];
let act: () => Promise<RequestOutcome>;
let actOn: (request: PersonRequest) => void;
let answerError: Error | undefined;
let request: PersonRequest | undefined;

beforeEach(() => {
  did = [];
  sent = [];
  answers = [];
  answerError = undefined;
  actOn = () => {};
  act = async () => ({ answer: { kind: 'line' as const, text: say`done` }, incidentId: null });
  request = {
    kind: 'command',
    text: 'status',
    requestSha256: 'a'.repeat(64),
    signedAtS: SIGNED_AT_S,
    userId: 'U0MAYA',
    channelId: 'C0ROOM',
    responseUrl: 'https://hooks.example.com/1',
  } as PersonRequest;
});

function handler(): HandleIncidentMessage {
  const { record, clock } = world;
  const note = (name: string) => async () => void did.push(name);
  const answer =
    (to: string) =>
    async (...given: unknown[]) => {
      if (answerError) throw answerError;
      answers.push({ to, message: given.at(-1) as RoomMessage });
    };
  const log = { note() {}, warn: (what: string) => void did.push(what), error() {}, count() {} };
  return new HandleIncidentMessage({
    alerts: {
      receive: async () => [INCIDENT],
      replay: async () => [INCIDENT],
      reread: async () => [INCIDENT],
    },
    lateRooms: { tell: note('late room') },
    quarantine: { summarise: note('summarise'), overdue: note('count') },
    requests: {
      act: (given: PersonRequest) => {
        actOn(given);
        return act();
      },
    },
    commands: new IncidentCommands({ record, clock, updateDueS: 1_800 }),
    drafts: { propose: note('propose') },
    context: { gather: note('gather context') },
    effects: { run: note('effects') },
    storms: { resume: note('resume storm') },
    stormBatches: { append: note('append storm') },
    reach: {
      overdue: note('look who came'),
      due: async () => {
        did.push('reach due');
        return note('tell that nobody came');
      },
    },
    wakes: { later: async () => false, due: note('woken') },
    tend: {
      drafts: note('tend drafts'),
      overdue: note('tend overdue'),
      updateDue: note('update due'),
    },
    obligations: { tend: async () => void did.push('tend obligations') },
    escalations: { due: note('approval due') },
    record,
    queue: { send: async (message: unknown, as: unknown) => void sent.push({ message, as }) },
    chat: { respond: answer('asker'), whisper: answer('whisper') },
    signingSecrets: new SecretCache(
      {
        source: {
          current: async () => ({ versionId: 'v1', value: 'one', createdAtMs: 0 }),
          previous: async () => undefined,
        },
        clock,
        log,
      },
      { secretId: 'signing', previousRule: { kind: 'for', overlapMs: 0 } },
    ),
    parseRequest: () => request,
    clock,
    log,
  } as unknown as HandleIncidentMessageDeps);
}

function signed(): { headers: Record<string, string>; body: string } {
  const hmac = createHmac('sha256', 'one').update(`v0:${SIGNED_AT_S}:${BODY}`).digest('hex');
  const headers = {
    'X-Slack-Request-Timestamp': String(SIGNED_AT_S),
    'X-Slack-Signature': `v0=${hmac}`,
  };
  return { headers, body: BODY };
}

describe('handle()', () => {
  it.each([
    [{ kind: 'work', incidentId: INCIDENT, upToSeq: 1 }, ['effects']],
    [{ kind: 'publication_changed', incidentId: INCIDENT, publicationId: 'p' }, ['effects']],
    [
      { kind: 'sweep', incidentId: INCIDENT },
      [
        'resume storm',
        'tend drafts',
        'tend overdue',
        'count',
        'look who came',
        'effects',
        'tend obligations',
      ],
    ],
    [{ kind: 'storm', incidentId: INCIDENT }, ['append storm']],
    [{ kind: 'wake_at', incidentId: INCIDENT, atMs: 1 }, ['woken']],
    [{ kind: 'context', incidentId: INCIDENT }, ['gather context']],
    [
      { kind: 'schedule', purpose: 'update_due', name: 'n', incidentId: INCIDENT, dueAt: 'd' },
      ['update due'],
    ],
    [
      { kind: 'schedule', purpose: 'reach_due', name: 'n', incidentId: INCIDENT, dueAt: 'd' },
      ['reach due', 'tell that nobody came'],
    ],
    [
      {
        kind: 'schedule',
        purpose: 'approval_due',
        name: 'n',
        incidentId: INCIDENT,
        draftId: 'd',
        revision: 1,
        stage: 'paged',
        dueAt: 'd',
      },
      ['approval due'],
    ],
    [
      {
        kind: 'schedule',
        purpose: 'quarantine_count',
        name: 'n',
        incidentId: INCIDENT,
        minute: 'm',
      },
      ['summarise'],
    ],
    [
      { kind: 'propose', incidentId: INCIDENT, viewId: 'v', pageStatus: 's', userId: 'u' },
      ['propose'],
    ],
  ] as const)('does what %j asks', async (message, expected) => {
    await (await handler().handle(message))();
    expect(did).toEqual(expected);
  });

  it('hands open effects to the group of the incident, named by how far they go', async () => {
    await world.record.run(declareCommand());
    await (await handler().handle({ kind: 'alert' } as never))();
    expect(sent).toEqual([
      {
        message: { kind: 'work', incidentId: INCIDENT, upToSeq: 1 },
        as: { group: `work#${INCIDENT}`, deduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
    ]);
  });

  it('hands on what a replayed alert opened', async () => {
    await world.record.run(declareCommand());
    await (await handler().handle({ kind: 'replay_quarantined' } as never))();
    expect(sent).toMatchObject([{ as: { group: `work#${INCIDENT}` } }]);
  });

  it('hands nothing on when nothing is open', async () => {
    await world.record.run(declareCommand());
    await world.rows.advanceActed(INCIDENT, 1);
    await (await handler().handle({ kind: 'alert' } as never))();
    expect(sent).toEqual([]);
  });
});

describe('handle(), for a signed request', () => {
  const deliver = async () => (await handler().handle(signed()))();
  const denied = async (chain: string) =>
    (await world.trail.from(chain, 1)).map(({ type, details }) => ({ type, details }));

  it('answers the asker through the response URL', async () => {
    await deliver();
    expect(answers).toEqual([
      { to: 'asker', message: { kind: 'line', text: [{ words: 'done' }] } },
    ]);
  });

  it('answers in the channel when there is no response URL', async () => {
    request = { ...request!, responseUrl: null };
    await deliver();
    expect(answers.map(({ to }) => to)).toEqual(['whisper']);
  });

  it('sends what must let others pass to the end of its group, each time as another message', async () => {
    const message = 'cannot approve now';
    const behind = new DeliveryError({ code: 'BEHIND_OTHERS', message, retryable: true });
    act = () => Promise.reject(behind);
    for (const waited of [undefined, 1, 1]) {
      await (await handler().handle({ ...signed(), ...(waited ? { waited } : {}) }))();
    }
    expect(sent.map(({ message }) => message)).toEqual([
      { ...signed(), waited: 1 },
      { ...signed(), waited: 2 },
      { ...signed(), waited: 2 },
    ]);
    const ids = sent.map(({ as }) => (as as { deduplicationId: string }).deduplicationId);
    expect(new Set(ids).size).toBe(2);
    expect(sent.map(({ as }) => as)).toEqual(
      ids.map((deduplicationId) => ({ group: 'channel#C0ROOM', deduplicationId })),
    );
    expect(answers).toEqual([]);
  });

  it('says of a request how it was delivered, and how often others passed', async () => {
    const acted: unknown[] = [];
    actOn = (given) => void acted.push([given.delivery, given.waited]);
    await (await handler().handle(signed()))();
    await (await handler().handle({ ...signed(), waited: 1 }, 'again'))();
    expect(acted).toEqual([
      [undefined, undefined],
      ['again', 1],
    ]);
  });

  it('does nothing for a request that asks nothing of us', async () => {
    request = undefined;
    await deliver();
    expect(answers).toEqual([]);
  });

  it('puts what the workspace refuses for good on the chain of its day, and says so', async () => {
    act = () => Promise.reject(chatError('CHAT_NOT_FOUND', false, 'user_not_found'));
    for (let i = 0; i < 2; i += 1) await deliver();
    expect(await denied('intake-20261120')).toEqual([
      {
        type: 'COMMAND_DENIED',
        details: {
          command: 'command',
          rule: 'the workspace must allow it',
          reason: 'cannot call chat: expected ok, got user_not_found',
        },
      },
    ]);
    expect(answers[0]?.message).toEqual({
      kind: 'refusal',
      text: say`That could not be done. Slack knows nobody by that id. Check who was meant.`,
    });
  });

  it('throws what may pass later, so that it is delivered again', async () => {
    act = () => Promise.reject(chatError('CHAT_UNAVAILABLE', true));
    await expect(deliver()).rejects.toThrowWithCode(ChatError, 'CHAT_UNAVAILABLE');
  });

  it('lets the fact stand when the answer is refused, and tries again when it may pass', async () => {
    answerError = chatError('CHAT_REFUSED');
    await deliver();
    expect(did).toContain('answer not delivered');
    answerError = chatError('CHAT_RATE_LIMITED', true);
    await expect(deliver()).rejects.toThrowWithCode(ChatError, 'CHAT_RATE_LIMITED');
  });

  it('refuses one that was changed on the way, once, on record', async () => {
    const forged = { ...signed(), body: `${BODY}&user_id=U0JONAS` };
    for (let i = 0; i < 2; i += 1) await (await handler().handle(forged))();
    const today = `intake-${new Date(world.clock.nowMs()).toISOString().slice(0, 10).replaceAll('-', '')}`;
    expect(await denied(today)).toMatchObject([
      { type: 'COMMAND_DENIED', details: { reason: 'SIGNATURE_MISMATCH' } },
    ]);
    expect(answers).toEqual([]);
  });
});
