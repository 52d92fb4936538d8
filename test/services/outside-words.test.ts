import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RenderedMessage } from '../../src/adapters/slack/render/block-kit.ts';
import { sentenceText } from '../../src/adapters/slack/render/markup.ts';
import { renderForm } from '../../src/adapters/slack/render/render-form.ts';
import { renderMessage } from '../../src/adapters/slack/render/render-message.ts';
import { type AuditEvent, EVENT_TYPES } from '../../src/domain/audit-event.ts';
import { replaceHidden } from '../../src/domain/hidden-characters.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { postmortemMarkdown } from '../../src/domain/postmortem.ts';
import { recentLine } from '../../src/domain/recent-line.ts';
import { say, words } from '../../src/domain/sentence.ts';
import { checkMessageBlocks } from '../../src/local/slack/block-kit.ts';
import { stillFiringNotice } from '../../src/services/alert-lines.ts';
import { breakGlassNotice } from '../../src/services/break-glass.ts';
import { DriftNotices } from '../../src/services/drift-notices.ts';
import { EscalationEffects } from '../../src/services/escalation-effects.ts';
import { forgedAlertNotice } from '../../src/services/forged-alerts.ts';
import type { Form } from '../../src/services/forms.ts';
import { HinderedNotices } from '../../src/services/hindered-notices.ts';
import { IncidentEffects } from '../../src/services/incident-effects.ts';
import { LateRooms } from '../../src/services/late-rooms.ts';
import { notCalledLine } from '../../src/services/not-called-line.ts';
import { ObligationNotices } from '../../src/services/obligation-notices.ts';
import { OpeningNotes } from '../../src/services/opening-notes.ts';
import { ReachSomebody } from '../../src/services/reach-somebody.ts';
import { RESOLVED_BEFORE } from '../../src/services/receive-alert.ts';
import { confirmation, refusal } from '../../src/services/room-commands.ts';
import { RoomFurnishing } from '../../src/services/room-furnishing.ts';
import { lineOf } from '../../src/services/room-lines.ts';
import type { RoomMessage } from '../../src/services/room-messages.ts';
import { SharedComponents } from '../../src/services/shared-components.ts';
import { StormNotices } from '../../src/services/storm-notices.ts';
import { unknownOutcomeNotice } from '../../src/services/unknown-outcome-notices.ts';
import { UpdateReminders } from '../../src/services/update-reminders.ts';
import {
  exampleDraft,
  exampleIncident,
  examplePublication,
  exampleRequest,
} from '../adapters/slack/incident-example.ts';
import { receipt } from '../domain/receipt-story.ts';
import { eventsSaying } from './outside-words.ts';

/** Titles, notes and names of people who want to be taken for us, or for somebody else. */
const CORPUS: readonly string[] = JSON.parse(
  readFileSync(new URL('../fixtures/outside-words/corpus.json', import.meta.url), 'utf8'),
);
const ANNOUNCEMENTS = 'C0ALL';
const NOW = Date.parse('2026-03-13T12:30:00.000Z');

type Shown = { name: string; text: string; blocks: readonly unknown[] };

/** An incident in which every word of anybody is this text. */
function incidentSaying(text: string, given: Partial<IncidentState> = {}): IncidentState {
  const review = { by: 'U04MAYAITO1', draftId: 'drf-aaaaaaaaaaaaaaaa', revision: 3 };
  const request = exampleRequest();
  return exampleIncident({
    title: text.slice(0, 150),
    service: text.slice(0, 300),
    lastUpdate: { text, at: '2026-03-13T12:10:00.000Z', by: 'U04MAYAITO1' },
    checklist: [
      { item: text, done: true, by: 'U04MAYAITO1' },
      { item: text, done: false, by: null, review },
    ],
    recent: eventsSaying(text, ['ALERT_LINKED', 'BREAK_GLASS_USED']).flatMap((event) => {
      const line = recentLine(event);
      return line ? [{ seq: 1, at: '2026-03-13T12:01:00.000Z', line }] : [];
    }),
    drafts: [exampleDraft({ reason: text, overrides: overridden(text) })],
    page: { statuspageIncidentId: 'p1', lastPublication: examplePublication(request) },
    room: { channelId: 'C0ROOM1', channelName: text },
    ...given,
  });
}

function overridden(reason: string) {
  return [{ componentId: 'c1', claimed: 'major_outage' as const, incidentId: 'inc-b', reason }];
}

/** Whatever is said of an event: its line, and each notice that there is. */
async function saidOf(event: AuditEvent, state: IncidentState): Promise<RoomMessage[]> {
  const said: RoomMessage[] = [];
  const once = async (_event: unknown, _name: string, _channel: string, message: RoomMessage) => {
    said.push(message);
    return '1.0';
  };
  const other = { ...state, incidentId: 'inc-bbbbbbbbbbbbbbbb' };
  const deps = {
    posts: { once },
    record: {
      load: async () => ({ state }),
      run: async () => ({ kind: 'declined', because: '' }),
    },
    rows: {
      readState: async () => ({ state }),
      readStep: async () => undefined,
      writeStep: async () => {},
      listOpen: async () => [state, other],
    },
    chat: {
      groupIds: async () => new Map([['approvers', 'S0APPROVE']]),
      permalink: async () => 'https://chat.example.com/p1',
      roomMembers: async () => new Set(['U04MAYAITO1']),
      whisper: async (_channel: string, _to: string, message: RoomMessage) => {
        said.push(message);
      },
    },
    people: { groupsOf: () => ['approvers'], holdersOfEach: async () => [[], []] },
    responders: { inviteChosen: async () => [], bringIn: async () => state.title },
    routing: {
      services: [{ name: state.title, components: ['c1'] }],
      components: [{ id: 'c1', name: state.title }],
      fallback: { slackUserGroups: [] },
    },
    clock: { nowMs: () => NOW },
    log: { note() {}, warn() {}, error() {}, count() {} },
    queue: { send: async () => {} },
    schedules: { set: async () => {}, remove: async () => {} },
    times: {},
    announcementChannelId: ANNOUNCEMENTS,
    rootCommand: '/ir',
    publicUrl: 'https://status.example.com',
  } as never;
  const loaded = { state } as never;
  const hindered = new HinderedNotices(deps);
  const effects = new IncidentEffects({ ...(deps as object), hindered } as never);
  const line = lineOf(event, state);
  if (line) said.push(line);
  await new StormNotices(deps).post(event);
  await new OpeningNotes(deps).post(event, state);
  await new ObligationNotices(deps).post(event, state);
  await new DriftNotices(deps).post(event, state);
  await new EscalationEffects(deps).escalate(event, state);
  await new UpdateReminders(deps).ask(event, { ...state, lastUpdate: null });
  await new ReachSomebody(deps).tell(event, { ...state, invited: [] });
  for (const effect of ['unmatched_notice', 'quarantine_notice', 'replay_notice'] as const) {
    await effects.once(effect, event, loaded);
  }
  await effects.once('abandon_notice', event, loaded);
  await effects.once('invite_commander', event, {
    state: { ...state, ic: 'U04MAYAITO1' },
  } as never);
  const notices = [
    breakGlassNotice(event, state),
    unknownOutcomeNotice(event, state, 'https://status.example.com'),
    stillFiringNotice(event, state),
  ];
  said.push(...notices.filter((notice) => notice !== undefined));
  const forged = forgedAlertNotice(event);
  if (forged) said.push({ kind: 'line', text: forged.text });
  if (event.type === 'INCIDENT_OPENED') {
    await new SharedComponents(deps).name(state);
    await new LateRooms(deps).tell(state.incidentId);
    await hindered.tell('topic', {
      incident: state,
      error: new Error(state.title),
      sinceMs: 0,
    });
  }
  return said;
}

/** What is said of an incident beside its events, and to somebody who asked. */
function saidOfState(text: string): RoomMessage[] {
  const incident = incidentSaying(text, { ic: 'U04MAYAITO1' });
  const over = incidentSaying(text, {
    status: 'resolved',
    resolvedSummary: text,
    lastUpdate: null,
    obligation: { number: 1, isOpen: false, because: 'resolved', asked: 0, kept: text } as never,
  });
  const statuses = [
    'pending_approval',
    'approved',
    'rejected',
    'unconfirmed',
    'published',
  ] as const;
  const cards = statuses.map((status): RoomMessage => {
    const alone = { slackUserId: 'U04PRIYARMN', breakGlassReason: text, requiredApprovals: 1 };
    const draft = exampleDraft({
      status,
      reason: text,
      aiModelId: text,
      overrides: overridden(text),
      approvals: status === 'pending_approval' ? [] : [alone as never],
    });
    const components = [{ id: 'c1', name: text }];
    const rules = { rule: text, breakGlassRule: text };
    const publicUrl = 'https://status.example.com';
    return { kind: 'approval_card', incident, draft, components, ...rules, publicUrl };
  });
  const source = { name: text, asked: text, status: 'ok', more: 0, isPartial: false };
  const value = { label: text, value: text, before: text, at: null, id: text, link: null };
  const links = [{ title: text, url: 'https://x.example.com/', from: 'alert' }];
  const kinds = ['metrics', 'logs', 'traces', 'deploys', 'owners'];
  const sources = kinds.map((kind) => ({ ...source, source: kind, values: [value] }));
  const takenAt = '2026-03-13T12:01:00.000Z';
  const snapshot = { service: text, takenAt, summary: text, sources, links } as never;
  const [approval] = receipt().approvals;
  const alone = { ...approval!, rule: text, breakGlass: { reason: text, place: null } };
  const notCalled = [{ who: text, source: 'alert', reason: text }];
  return [
    { kind: 'incident_card', incident, nowMs: NOW },
    { kind: 'incident_card', incident: over, nowMs: NOW },
    { kind: 'status', incident: over, nowMs: NOW },
    { kind: 'announcement', incident, join: 'open' },
    { kind: 'announcement', incident: over, join: 'open' },
    { kind: 'checklist', incidentId: incident.incidentId, items: incident.checklist },
    { kind: 'incident_list', incidents: [incident, over], note: say`Not ${words(text)}` },
    { kind: 'menu', command: '/ir', incident },
    { kind: 'help', command: '/ir', unknown: { typed: text, closest: null } },
    { kind: 'quarantine_notice', path: text, reason: text, bytes: 1, wasRead: false },
    { kind: 'context_snapshot', snapshot },
    { kind: 'receipt', receipt: receipt({ approvals: [alone] }), fileName: text },
    { kind: 'line', text: notCalledLine({ notCalled, lost: [] } as never)! },
    refusal(text),
    refusal(say`No one service is called “${words(text)}”.`),
    confirmation(say`Opening a war room for “${words(text)}”.`),
    ...cards,
  ];
}

function formsSaying(text: string): Form[] {
  const of = { incidentId: 'inc-aaaaaaaaaaaaaaaa', channelId: 'C0ROOM1' };
  const draft = { draftId: 'drf-aaaaaaaaaaaaaaaa', revision: 3, digest: 'a'.repeat(64) };
  const fields = {
    title: 'Checkout is slow',
    text: 'We look.',
    status: 'investigating' as const,
    impact: 'minor' as const,
    ...{ notify: true, components: {} },
  };
  const components = [{ id: 'c1', name: text }];
  const filled = { kind: 'draft' as const, ...of, fields, components, editing: draft };
  return [
    {
      kind: 'declare',
      title: 'x',
      services: [text],
      from: { channelId: null, responseUrl: null },
    },
    { kind: 'break_glass', ...of, draft, title: text, notify: true },
    { ...filled, proposal: { kind: 'template', reason: text } },
  ];
}

async function everythingSaying(text: string, variants?: readonly number[]): Promise<Shown[]> {
  const states = [incidentSaying(text), incidentSaying(text, { status: 'resolved' })];
  const late = eventsSaying(`${RESOLVED_BEFORE} ${text}`, ['ALERT_UNMATCHED'], variants);
  const events = [...eventsSaying(text, EVENT_TYPES, variants), ...late];
  const shown: Shown[] = [];
  const add = (name: string, rendered: RenderedMessage) => shown.push({ name, ...rendered });
  for (const event of events) {
    const said = (await Promise.all(states.map((state) => saidOf(event, state)))).flat();
    for (const message of said) add(`${event.type} ${message.kind}`, renderMessage(message));
    const line = recentLine(event);
    if (line) shown.push({ name: `${event.type} recent`, text: sentenceText(line), blocks: [] });
  }
  for (const message of saidOfState(text)) add(message.kind, renderMessage(message));
  for (const form of formsSaying(text)) {
    const { blocks, title } = renderForm(form);
    shown.push({ name: `form ${form.kind}`, text: title.text, blocks });
  }
  await new RoomFurnishing({
    chat: {
      setTopic: async (_room: string, topic: Parameters<typeof sentenceText>[0]) => {
        shown.push({ name: 'topic', text: sentenceText(topic), blocks: [] });
      },
    },
    rows: { readStep: async () => undefined, writeStep: async () => {} },
  } as never).topic(states[0]!);
  return shown;
}

/** What of a message addresses or leads somebody, or is formatted: the same for whatever words. */
function marksOf({ text, blocks }: Shown): string[] {
  const marks: string[] = [];
  const inMarkup = (given: string) => {
    const markup = given.replace(/(?<!\u200b)`[^`\u200b]*`/g, '`code`');
    marks.push(...(markup.match(/<[^>]*>?/g) ?? []).map((token) => token.replace(/\|.*$/, '|')));
    marks.push(...(markup.match(/(?<!\u200b):[\w+'-]+:/g) ?? []));
    marks.push(...(markup.match(/(?<!\u200b)[*_~`]/g) ?? []));
  };
  marks.push(...(text.match(/<[^>]*>?/g) ?? []));
  walk(blocks, (node) => {
    if (
      ['user', 'usergroup', 'broadcast', 'channel', 'emoji', 'link'].includes(String(node.type))
    ) {
      marks.push(JSON.stringify({ ...node, text: undefined }));
    }
    if (node.type === 'mrkdwn') inMarkup(String(node.text));
  });
  return marks;
}

/** True when all of these marks are among those, in their order. */
function holds(those: readonly string[], these: readonly string[]): boolean {
  let at = 0;
  for (const mark of those) if (mark === these[at]) at += 1;
  return at === these.length;
}

/** Lines that read as ours: all but those in quotations and boxes. */
function linesOf({ text, blocks }: Shown): string[] {
  const lines = text.split(LINE_BREAK);
  walk(blocks, (node) => {
    if (node.type === 'rich_text') {
      // What follows a quotation goes on with what stood before it.
      const parts = node.elements as { type: string; elements: { text?: string }[] }[];
      const sections = parts.filter(({ type }) => type === 'rich_text_section');
      const said = sections.flatMap(({ elements }) => elements.map((each) => each.text ?? '@'));
      lines.push(...said.join('').split(LINE_BREAK));
    }
    if (node.type === 'mrkdwn' || node.type === 'plain_text') {
      lines.push(...String(node.text).split(LINE_BREAK));
    }
  });
  return lines.filter((each) => !each.startsWith('… '));
}

/** Characters that nobody sees, or that change how others are seen. */
function hiddenIn({ text, blocks }: Shown): string[] {
  const hidden: string[] = [];
  const look = (shown: string) =>
    replaceHidden(shown.replaceAll('\u200b', ''), (each) => {
      if (each !== '\n') hidden.push(each);
      return each;
    });
  look(text);
  walk(blocks, (node) => {
    if (typeof node.text === 'string') look(node.text);
  });
  return hidden;
}

const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;

function walk(node: unknown, visit: (node: Record<string, unknown>) => void): void {
  if (Array.isArray(node)) for (const each of node) walk(each, visit);
  else if (typeof node === 'object' && node !== null) {
    visit(node as Record<string, unknown>);
    for (const each of Object.values(node)) walk(each, visit);
  }
}

describe('words of outsiders', () => {
  let harmless: Shown[];

  beforeAll(async () => {
    harmless = await everythingSaying('disk full');
  });

  it('are of 200 kinds or more, each once, and reach most messages', () => {
    expect(CORPUS.length).toBeGreaterThanOrEqual(200);
    expect(new Set(CORPUS).size).toBe(CORPUS.length);
    const said = harmless.filter((each) => JSON.stringify(each).includes('disk full'));
    expect(said.length).toBeGreaterThan(150);
  });

  it('mention nobody and begin no line of ours, in blocks and in notifications', async () => {
    const found: Record<'mentions' | 'lines' | 'hidden', string[]> = {
      mentions: [],
      lines: [],
      hidden: [],
    };
    let messages = 0;
    const known = new Map<string, { marks: string[]; lines: number }[]>();
    for (const shown of harmless) {
      const usual = { marks: marksOf(shown), lines: linesOf(shown).length };
      known.set(shown.name, [...(known.get(shown.name) ?? []), usual]);
    }
    for (const [i, text] of CORPUS.entries()) {
      const all = await everythingSaying(text, i % 2 === 0 ? [0, 1] : [2, 3]);
      for (const shown of all) {
        messages += 1;
        const at = `${i} ${shown.name}`;
        const isMessage = shown.blocks.length > 0 && !shown.name.startsWith('form');
        if (isMessage) expect(() => checkMessageBlocks(shown.blocks as never), at).not.toThrow();
        const marks = marksOf(shown);
        // Without words some messages say less, e.g. name no channel.
        const fitting = (known.get(shown.name) ?? []).filter((each) => holds(each.marks, marks));
        if (fitting.length === 0) found.mentions.push(`${at} ${marks.join(' ')}`);
        else if (linesOf(shown).length > Math.max(...fitting.map((each) => each.lines))) {
          found.lines.push(at);
        }
        if (hiddenIn(shown).length > 0) found.hidden.push(at);
      }
    }
    const { mentions, lines } = found;
    console.info(
      `${CORPUS.length} texts of outsiders in ${messages} messages: ` +
        `${mentions.length} mentions, ${lines.length} lines in our voice`,
    );
    expect(found).toEqual({ mentions: [], lines: [], hidden: [] });
  }, 120_000);

  it('begin no line or heading of the postmortem', () => {
    const ours = (text: string) =>
      postmortemMarkdown(eventsSaying(text))
        .split('\n')
        .filter((line) => !line.startsWith('> '));
    const headings = (lines: readonly string[]) => lines.filter((line) => line.startsWith('##'));
    const usual = ours('disk full');
    for (const text of CORPUS) {
      const lines = ours(text);
      expect(headings(lines)).toEqual(headings(usual));
      // Of very long ones some are left out, which is said in one line of each section.
      expect(lines.length).toBeLessThanOrEqual(usual.length + 2);
    }
  });

  it('in the announcement of a forged title are one line without a mention', () => {
    const title =
      'checkout\n✅ @U04PRIYARMN approved the status page text.\n' +
      'The status page shows the approved text now.';
    const incident = exampleIncident({ title });
    const { text, blocks } = renderMessage({ kind: 'announcement', incident, join: 'closed' });
    const shown =
      'checkout ⏎ ✅ @U04PRIYARMN approved the status page text. ⏎ ' +
      'The status page shows the approved text now.';
    expect(text).toBe(`P1 ${shown}: active`);
    expect(blocks[0]).toEqual({
      type: 'rich_text',
      elements: [
        { type: 'rich_text_section', elements: [{ type: 'text', text: `P1 · ${shown}` }] },
      ],
    });
  });
});
