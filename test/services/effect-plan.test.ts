import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { renderMessage } from '../../src/adapters/slack/render/render-message.ts';
import { applyEvent } from '../../src/domain/apply-event.ts';
import { type AuditEvent, EVENT_TYPES, type EventType } from '../../src/domain/audit-event.ts';
import { DETAILS_SCHEMAS } from '../../src/domain/event-details.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { type Sentence, textOf } from '../../src/domain/sentence.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { effectsOf, type RefreshEffect } from '../../src/services/effect-plan.ts';
import { RoomFurnishing } from '../../src/services/room-furnishing.ts';
import type { RoomMessage } from '../../src/services/room-messages.ts';
import { RoomPosts } from '../../src/services/room-posts.ts';

const NOW_MS = Date.parse('2026-11-20T09:30:00.000Z');

type Json = Record<string, unknown>;
type Fact = { type: EventType; details: Json };

/** What fields mean in the histories below; any other field gets the least its schema takes. */
const MEANT: Json = {
  draftId: 'drf-a',
  revision: 1,
  publicationId: 'pub-a',
  basedOn: null,
  authors: ['U0MAYA'],
  requiredApprovals: 1,
  slackUserId: 'U0LENA',
  requestSha256: 'b'.repeat(64),
  component_ids: [],
  components: {},
  deadline: '2026-11-20T09:20:00.000Z',
  until: '2026-11-20T10:30:00.000Z',
  expiresAt: '2026-11-21T09:00:00.000Z',
};
/** Of which one fits each pattern in the schemas. */
const TEXTS = [
  'a'.repeat(64),
  'U0PRIYA',
  '/pages/p1/incidents',
  'https://example.com/1',
  'a-1',
  'inc-aaaaaaaaaaaaaaaa',
];

/** The least value that a JSON schema takes, with arrays of one. */
function least(schema: Json, name = ''): unknown {
  if (name in MEANT) return MEANT[name];
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return least(choices[0] as Json, name);
  switch (schema.type) {
    case 'object': {
      const fields = Object.entries((schema.properties ?? {}) as Record<string, Json>);
      const required = (schema.required ?? []) as string[];
      const wanted = fields.filter(([field]) => required.includes(field));
      return Object.fromEntries(wanted.map(([field, of]) => [field, least(of, field)]));
    }
    case 'array':
      return [least(schema.items as Json)];
    case 'integer':
    case 'number':
      return Math.max(1, Number(schema.minimum ?? 1));
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return leastText(schema, name);
  }
}

function leastText(schema: Json, name: string): string {
  if (schema.format === 'date-time') return '2026-11-20T09:45:00.000Z';
  if (schema.pattern === undefined) return `a ${name || 'word'}`;
  const text = TEXTS.find((each) => new RegExp(String(schema.pattern), 'u').test(each));
  if (text === undefined) throw new Error(`add a text for pattern ${String(schema.pattern)}`);
  return text;
}

/** One fact of a type, and one more for each value that one of its fields can have. */
function factsOf(type: EventType): Fact[] {
  const schema = z.toJSONSchema(DETAILS_SCHEMAS[type], { io: 'input' }) as Json;
  const details = least(schema) as Json;
  const fields = Object.entries((schema.properties ?? {}) as Record<string, Json>);
  const varied = fields.flatMap(([field, of]) => {
    const choices = (of.anyOf as Json[] | undefined) ?? [of];
    const values = choices.flatMap((choice) => {
      if (Array.isArray(choice.enum)) return choice.enum as unknown[];
      if ('const' in choice) return [choice.const];
      if (choice.type === 'boolean') return [true, false];
      // Optional fields as well.
      return [least(choice, field)];
    });
    return values.map((value) => ({ type, details: { ...details, [field]: value } }));
  });
  return [{ type, details }, ...varied];
}

function fact(type: EventType, over: Json = {}): Fact {
  return { type, details: { ...factsOf(type)[0]!.details, ...over } };
}

function folded(facts: readonly Fact[]): IncidentState {
  return facts.reduce<IncidentState | undefined>(after, undefined)!;
}

function eventOf({ type, details }: Fact, seq: number): AuditEvent {
  const at = new Date(NOW_MS + seq * 60_000).toISOString();
  const actor = { kind: 'slack_user', id: 'U0SAM' };
  const place = { incidentId: 'inc-aaaaaaaaaaaaaaaa', seq, commandId: `c${seq}` };
  const sealed = { v: 1, prevHash: '0'.repeat(64), hash: `h${seq}` };
  return { ...sealed, ...place, type, details, at, actor } as unknown as AuditEvent;
}

function after(state: IncidentState | undefined, of: Fact): IncidentState {
  return applyEvent(state, eventOf(of, (state?.version ?? 0) + 1));
}

const ROOM = [
  fact('INCIDENT_OPENED', { severity: 'P2', severityIsDefault: false }),
  fact('WAR_ROOM_CREATED'),
  fact('CHECKLIST_PINNED'),
  fact('WAR_ROOM_ASSEMBLED', { nextUpdateDueAt: '2026-11-20T09:40:00.000Z' }),
];
const WAITS = [...ROOM, fact('STATUSPAGE_DRAFT_CREATED')];
const APPROVED = [...WAITS, fact('STATUSPAGE_DRAFT_APPROVED')];
const STARTED = [...APPROVED, fact('STATUSPAGE_PUBLISH_STARTED')];
const PUBLISHED = [...STARTED, fact('STATUSPAGE_PUBLISHED')];
/** Where an event may find an incident. */
const HISTORIES: Record<string, Fact[]> = {
  'a new incident': ROOM.slice(0, 1),
  'a room': ROOM,
  'a room that is led': [...ROOM, fact('ROLE_ASSIGNED', { slackUserId: 'U0MAYA' })],
  'a draft that waits': WAITS,
  'a broken glass': [...WAITS, fact('BREAK_GLASS_USED')],
  'a draft that escalated': [...WAITS, fact('STATUSPAGE_APPROVAL_ESCALATED')],
  'an approved draft': APPROVED,
  'an attempt': STARTED,
  'an unknown outcome': [...STARTED, fact('STATUSPAGE_PUBLISH_UNCONFIRMED')],
  'a publication': PUBLISHED,
  'a draft beside a publication': [
    ...PUBLISHED,
    fact('STATUSPAGE_DRAFT_CREATED', { draftId: 'drf-b', publicationId: 'pub-b' }),
  ],
  'a resolved incident with a draft': [...WAITS, fact('INCIDENT_RESOLVED')],
  'a cancelled incident with a draft': [...WAITS, fact('INCIDENT_CANCELLED')],
};

/** What shows the beginning of an incident is posted by `assemble`, with the newest state. */
const POSTED_BY_ASSEMBLE: readonly EventType[] = [
  'INCIDENT_OPENED',
  'INCIDENT_DECLARED',
  'WAR_ROOM_CREATED',
  'CHECKLIST_PINNED',
];

/** What each refresh brings in line, as a reader sees it. */
const SHOWN: Partial<Record<RefreshEffect, (incident: IncidentState) => unknown>> = {
  incident_card: (incident) =>
    incident.room && renderMessage({ kind: 'incident_card', incident, nowMs: NOW_MS }),
  announcement: (incident) => renderMessage({ kind: 'announcement', incident, join: 'open' }),
  checklist: ({ incidentId, checklist: items }) =>
    renderMessage({ kind: 'checklist', incidentId, items }),
  draft_cards: (incident) =>
    incident.drafts.map((draft) => [draft.revisionSeq, renderMessage(cardOf(incident, draft))]),
};

function cardOf(incident: IncidentState, draft: IncidentState['drafts'][number]): RoomMessage {
  const rule = `the rule of ${incident.worstSeverity}`;
  const publicUrl = 'https://status.example.com';
  return { kind: 'approval_card', incident, draft, components: [], rule, publicUrl };
}

async function topicOf(incident: IncidentState): Promise<string | undefined> {
  let topic: string | undefined;
  if (!incident.room) return topic;
  const setTopic = async (_room: string, text: Sentence) => {
    topic = textOf(text);
  };
  const deps = { rows: new MemoryIncidentRows(), chat: { setTopic } as never };
  await new RoomFurnishing(deps).topic(incident);
  return topic;
}

/** The refreshes that a fact needs for the room to be true after it. */
async function needed(before: IncidentState, of: Fact): Promise<RefreshEffect[]> {
  const now = after(before, of);
  const found: RefreshEffect[] = [];
  for (const [refresh, shown] of Object.entries(SHOWN)) {
    const was = refresh === 'draft_cards' ? draftsOfBoth(before, now) : before;
    const is = refresh === 'draft_cards' ? draftsOfBoth(now, before) : now;
    if (JSON.stringify(shown(was)) !== JSON.stringify(shown(is))) {
      found.push(refresh as RefreshEffect);
    }
  }
  if ((await topicOf(before)) !== (await topicOf(now))) found.push('topic');
  return found;
}

/** A new revision gets a card of its own. */
function draftsOfBoth(state: IncidentState, other: IncidentState): IncidentState {
  const seqs = other.drafts.map(({ revisionSeq }) => revisionSeq);
  return { ...state, drafts: state.drafts.filter((draft) => seqs.includes(draft.revisionSeq)) };
}

const CASES = Object.entries(HISTORIES).flatMap(([where, history]) =>
  EVENT_TYPES.filter((type) => !POSTED_BY_ASSEMBLE.includes(type)).map((type) => ({
    where,
    type,
    before: folded(history),
  })),
);

describe('effectsOf()', () => {
  it('asks to refresh all that an event changes for a reader, wherever it comes', async () => {
    const missing = new Set<string>();
    for (const { where, type, before } of CASES) {
      for (const of of factsOf(type)) {
        const plan = effectsOf(eventOf(of, before.version + 1));
        for (const refresh of await needed(before, of)) {
          if (!plan.refresh.includes(refresh)) missing.add(`${type}: ${refresh} (${where})`);
        }
      }
    }
    expect([...missing]).toEqual([]);
  });
});

describe('refreshDraftCards()', () => {
  it('edits a card whenever an event changes what it shows', async () => {
    const stale = new Set<string>();
    for (const { where, type, before } of CASES) {
      for (const of of factsOf(type)) {
        const now = after(before, of);
        const shown = await shownAfter(before, now);
        draftsOfBoth(now, before).drafts.forEach((draft, i) => {
          // What was sent keeps the rule that it was approved under.
          const isSent = before.drafts[i]?.status === draft.status && draft.attempts > 0;
          const wanted = JSON.stringify(renderMessage(cardOf(now, draft)));
          if (!isSent && shown[i] !== wanted) stale.add(`${type} (${where})`);
        });
      }
    }
    expect([...stale]).toEqual([]);
  });

  /** @returns what the cards say that were posted in one state and refreshed in another */
  async function shownAfter(before: IncidentState, now: IncidentState): Promise<string[]> {
    const room = { channelId: 'C1', channelName: 'inc' };
    const shown = new Map<string, string>();
    const chat = {
      post: async (_room: string, message: RoomMessage) => {
        const ts = `${shown.size + 1}.0`;
        shown.set(ts, JSON.stringify(renderMessage(message)));
        return ts;
      },
      update: async (_room: string, ts: string, message: RoomMessage) =>
        void shown.set(ts, JSON.stringify(renderMessage(message))),
    };
    const posts = new RoomPosts({
      rows: new MemoryIncidentRows(),
      chat,
      policy: {
        ruleInWords: ({ severity }: { severity: string }) => `the rule of ${severity}`,
        breakGlassInWords: () => undefined,
      },
      components: [],
      cards: { pageNow: async () => ({}) },
      related: {
        around: async () => ({ declaredBy: null, relatedSeverity: 'P1', related: [] }),
      },
      publicUrl: 'https://status.example.com',
    } as never);
    const both = draftsOfBoth(before, now);
    for (const draft of both.drafts) await posts.approvalCard({ ...before, room }, draft);
    await posts.refreshDraftCards({ ...draftsOfBoth(now, before), room });
    return [...shown.values()];
  }
});
