import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { literal } from '../../../../src/adapters/slack/render/markup.ts';
import { renderMessage } from '../../../../src/adapters/slack/render/render-message.ts';
import { parseCommand } from '../../../../src/domain/command.ts';
import { VERB_NAMES } from '../../../../src/domain/command-verbs.ts';
import type { DraftStatus, IncidentState } from '../../../../src/domain/incident-state.ts';
import { INCIDENT_STATUSES } from '../../../../src/domain/incident-state.ts';
import { channel, person, quote, say, words } from '../../../../src/domain/sentence.ts';
import { checkMessageBlocks } from '../../../../src/local/slack/block-kit.ts';
import type { RoomMessage } from '../../../../src/services/room-messages.ts';
import {
  exampleDraft,
  exampleIncident,
  examplePublication,
  exampleRequest,
} from '../incident-example.ts';

const shown = (message: RoomMessage) => JSON.stringify(renderMessage(message).blocks);
const card = (given: Partial<IncidentState> = {}): RoomMessage => ({
  kind: 'incident_card',
  incident: exampleIncident(given),
  nowMs: 0,
});

describe('incident card', () => {
  it('shows where the incident stands and what can be done', () => {
    const blocks = shown(card({ lastUpdate: { text: 'rolled back', at: '', by: 'U04MAYAITO1' } }));
    for (const words of [
      'P1 · Checkout error rate',
      '*Called in*\\n<@U04MAYAITO1>',
      '*State*\\nactive',
      '*Incident commander*\\nnobody yet',
      '<!date^1773403200^{date_short_pretty} {time}|2026-03-13 12:00 UTC>',
      '<!date^1773405000^',
      '*Status page*\\nNothing published',
      'rolled back',
      '"user_id":"U04MAYAITO1"',
      'incident_take_ic',
      'incident_update',
      'statuspage_draft',
      'incident_resolve',
    ]) {
      expect(blocks).toContain(words);
    }
  });

  it('says “default” with a severity that was only assumed', () => {
    expect(shown(card({ severityIsDefault: true }))).toContain('P1 (default) · ');
  });

  it('names five of those who were called in, and counts the others', () => {
    const invited = ['1', '2', '3', '4', '5', '6', '7'].map((end) => `U04PERSON0${end}`);
    const called = (given: string[]) => shown(card({ invited: given }));
    expect(called([])).toContain('*Called in*\\nnobody yet');
    expect(called(invited.slice(0, 5))).toContain('<@U04PERSON04>, <@U04PERSON05>"');
    expect(called(invited)).toContain('<@U04PERSON05> and 2 more"');
  });

  it('offers the role only while it is vacant', () => {
    const blocks = shown(card({ ic: 'U04MAYAITO1' }));
    expect(blocks).not.toContain('incident_take_ic');
    expect(blocks).toContain('<@U04MAYAITO1>');
  });

  it('names what is public, and what waits', () => {
    const page = {
      statuspageIncidentId: 'p1',
      lastPublication: examplePublication(exampleRequest()),
    };
    const blocks = shown(card({ page, drafts: [exampleDraft()] }));
    expect(blocks).toContain('Investigating · <https://stspg.io/x1|status page>');
    expect(blocks).toContain('1 draft waits for approval');
  });

  it.each(['resolved', 'closed', 'cancelled'] as const)('has no buttons once %s', (status) => {
    expect(shown(card({ status }))).not.toContain('"actions"');
  });
});

describe('people’s words', () => {
  it('neither mention nor format, nor begin lines of their own', () => {
    const given = '<!channel> *now* & `x`\n@U04MAYAITO1 <@U04JONASBRG> :fire:';
    const text = say`${person('U04MAYAITO1')}, see ${channel('C0ROOM')}: ${words(given)}`;
    const message = renderMessage({ kind: 'line', text });
    const shown = '<!channel> *now* & `x` ⏎ @U04MAYAITO1 <@U04JONASBRG> :fire:';
    expect(message.blocks).toEqual([
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'user', user_id: 'U04MAYAITO1' },
              { type: 'text', text: ', see ' },
              { type: 'channel', channel_id: 'C0ROOM' },
              { type: 'text', text: `: ${shown}` },
            ],
          },
        ],
      },
    ]);
    expect(message.text).toBe(
      '<@U04MAYAITO1>, see <#C0ROOM>: &lt;!channel&gt; *now* &amp; `x` ⏎ @U04MAYAITO1 ' +
        '&lt;@U04JONASBRG&gt; :fire:',
    );
  });

  it('of several lines are set apart in blocks, and one line in the notification', () => {
    const text = say`Note by ${person('U04MAYAITO1')}: ${quote('one\ntwo')}. End`;
    const message = renderMessage({ kind: 'line', text });
    const [first] = message.blocks as unknown as { elements: unknown[] }[];
    expect(first?.elements).toEqual([
      {
        type: 'rich_text_section',
        elements: [
          { type: 'text', text: 'Note by ' },
          { type: 'user', user_id: 'U04MAYAITO1' },
          { type: 'text', text: ': ' },
        ],
      },
      { type: 'rich_text_quote', elements: [{ type: 'text', text: 'one\ntwo' }] },
      { type: 'rich_text_section', elements: [{ type: 'text', text: '. End' }] },
    ]);
    expect(message.text).toBe('Note by <@U04MAYAITO1>: one ⏎ two. End');
    expect(() => checkMessageBlocks(message.blocks)).not.toThrow();
  });

  it('come out of literal() with every control character neutralised', () => {
    expect(literal('*a* _b_ ~c~ `d` <@U1> & :fire:').replaceAll('\u200b', '')).toBe(
      '*a* _b_ ~c~ `d` &lt;@U1&gt; &amp; :fire:',
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const safe = literal(text);
        expect(safe).not.toMatch(/[<>]|(?<!\u200b)[*_~`]|^&gt;/m);
      }),
    );
  });
});

describe('commands named to people', () => {
  it('help names every verb with the configured root', () => {
    const message = shown({ kind: 'help', command: '/ir' });
    for (const verb of VERB_NAMES) expect(message).toContain(`/ir ${verb}`);
  });

  it('help about one verb shows that one only, with its aliases', () => {
    const message = shown({ kind: 'help', command: '/ir', verb: 'severity' });
    expect(message).toContain('/ir severity');
    expect(message).toContain('also sev');
    expect(message).not.toContain('/ir draft');
  });

  it('an unknown command is answered with the closest one and help', () => {
    const unknown = { typed: '*statsu*', closest: 'status' } as const;
    const message = renderMessage({ kind: 'help', command: '/ir', unknown });
    expect(message.text).toContain('Did you mean /ir status?');
    expect(message.text).toContain('/ir help');
  });

  it('an unknown command that is near to none is answered without a guess', () => {
    const unknown = { typed: 'banana', closest: null };
    const message = renderMessage({ kind: 'help', command: '/ir', unknown });
    expect(message.text).toBe('There is no command “banana”. See /ir help.');
    expect(JSON.stringify(message)).not.toContain('Did you mean');
  });

  it.each([null, exampleIncident(), exampleIncident({ status: 'resolved' })])(
    'every button of the menu is a command',
    (incident) => {
      const { blocks } = renderMessage({ kind: 'menu', command: '/ir', incident });
      const values = menuButtons(blocks);
      expect(values.length).toBeGreaterThanOrEqual(3);
      for (const value of values) {
        const command = parseCommand(value);
        expect(command.kind === 'incomplete' ? command.verb : command.kind).toBe(value);
      }
    },
  );

  it('the menu of a room has a button for every verb there is', () => {
    const { blocks } = renderMessage({ kind: 'menu', command: '/ir', incident: exampleIncident() });
    expect(menuButtons(blocks).sort()).toEqual([...VERB_NAMES].sort());
  });

  it.each([null, exampleIncident({ status: 'resolved' })])(
    'elsewhere the menu has a button for what can be done, and names every other verb',
    (incident) => {
      const { blocks } = renderMessage({ kind: 'menu', command: '/ir', incident });
      const named = /goes on: ([a-z, -]+)\./.exec(JSON.stringify(blocks))?.[1]?.split(', ') ?? [];
      expect([...menuButtons(blocks), ...named].sort()).toEqual([...VERB_NAMES].sort());
    },
  );
});

function menuButtons(blocks: unknown): string[] {
  return [...JSON.stringify(blocks).matchAll(/"value":"([\w-]+)"/g)].map((found) => found[1]!);
}

describe('renderMessage()', () => {
  it('puts one toggle in each item’s own block', () => {
    const { incidentId, checklist: items } = exampleIncident();
    const blocks = shown({ kind: 'checklist', incidentId, items });
    expect(blocks).toContain('☑ 1. Name an IC · <@U04MAYAITO1>');
    expect(blocks).toContain(
      JSON.stringify('{"incidentId":"inc-aaaaaaaaaaaaaaaa","index":1,"done":true}'),
    );
    expect(blocks.match(/"checklist_toggle"/g)).toHaveLength(2);
  });

  it('lists incidents, and says when there are none', () => {
    expect(shown({ kind: 'incident_list', incidents: [exampleIncident()] })).toContain(
      '<#C0ROOM1>',
    );
    const page = {
      statuspageIncidentId: 'p1',
      lastPublication: {
        request: exampleRequest(),
        link: 'https://status.example.com/p1',
      } as never,
    };
    const over = exampleIncident({ status: 'resolved', page });
    expect(shown({ kind: 'incident_list', incidents: [over] })).toContain(
      'resolved, but the page still shows it',
    );
    const owed = { number: 1, isOpen: true, because: 'resolved', asked: 0, kept: null } as never;
    const card = shown({
      kind: 'incident_card',
      incident: { ...over, obligation: owed },
      nowMs: 0,
    });
    expect(card).toContain('end it there, or say why it stays');
    expect(card).toContain('statuspage_leave');
    const kept = { ...over, obligation: { isOpen: false, kept: 'It is theirs' } as never };
    const status = shown({ kind: 'status', incident: kept, nowMs: 0 });
    expect(status).toContain('left open there: It is theirs');
    expect(status).not.toContain('statuspage_leave');
    const menu = { kind: 'menu', command: '/ir', incident: { ...over, obligation: owed } } as const;
    expect(shown(menu)).toContain('"leave-page"');
    const none = shown({
      kind: 'incident_list',
      incidents: [],
      note: say`This is not a war room.`,
    });
    expect(none).toContain('No open incidents');
    expect(none).toContain('This is not a war room.');
  });

  it('reminds with a way to update and a way to silence', () => {
    const blocks = shown({
      kind: 'update_due',
      incident: exampleIncident(),
      last: say`the last one was 30 min ago`,
    });
    expect(blocks).toContain('30 min ago');
    expect(blocks).toContain('incident_update');
    expect(blocks).toContain('reminder_silence');
  });

  it('keeps repeated action ids in blocks of their own', () => {
    const button = { actionId: 'menu_command' as const, label: 'x', value: 'list' };
    const { blocks } = renderMessage({ kind: 'line', text: say`x`, buttons: [button, button] });
    expect(() => checkMessageBlocks(blocks)).not.toThrow();
  });

  it('shows a refusal with its rule and where to go', () => {
    const link = { title: 'the current card', url: 'https://x.slack.com/archives/C1/p1' };
    const blocks = shown({ kind: 'refusal', text: say`Too late.`, rule: say`One decision.`, link });
    for (const words of ['Too late.', 'Rule: One decision.', '|the current card>']) {
      expect(blocks).toContain(words);
    }
  });
});

const wild = (max: number) =>
  fc.oneof(
    fc.string({ maxLength: max, unit: 'binary' }),
    fc.constantFrom('*'.repeat(max), '&'.repeat(max), 'x'.repeat(max), '🔥'.repeat(max / 2), ''),
    fc.constant('line\n'.repeat(max / 5)),
  );
const DRAFT_STATUSES: DraftStatus[] = [
  'pending_approval',
  'approved',
  'publishing',
  'unconfirmed',
  'published',
  'publication_failed',
  'rejected',
  'superseded',
  'withdrawn',
  'expired',
];
const someone = fc.constantFrom(null, 'U04MAYAITO1');
const AT = '2026-03-13T12:00:00.000Z';
const anyRequest = fc
  .record({ name: wild(255), body: wild(3_000), count: fc.integer({ min: 0, max: 50 }) })
  .map(({ name, body, count }) => {
    const ids = Array.from({ length: count }, (_, i) => `${i}_`.padEnd(80, '*'));
    const components = Object.fromEntries(ids.map((id) => [id, 'operational' as const]));
    return exampleRequest({ name, body, component_ids: ids, components });
  });
const anyDraft = fc
  .record({
    status: fc.constantFrom(...DRAFT_STATUSES),
    request: anyRequest,
    reason: fc.option(wild(3_000)),
    decidedBy: someone,
    authors: fc.constantFrom(['U04MAYAITO1'], Array(50).fill(`U${'A'.repeat(20)}`)),
    aiModelId: fc.option(wild(300)),
    publishedLink: fc.option(wild(2_000).map((path) => `https://x.example/${path}`)),
    publishedAt: fc.option(fc.constant(AT)),
  })
  .map((given) => exampleDraft(given));
const anyIncident = fc
  .record({
    status: fc.constantFrom(...INCIDENT_STATUSES),
    title: wild(150),
    severityIsDefault: fc.boolean(),
    service: fc.option(wild(300)),
    ic: someone,
    lastUpdate: fc.option(fc.record({ text: wild(3_000), at: fc.constant(AT), by: wild(20) })),
    resolvedSummary: fc.option(wild(3_000)),
    recent: fc.array(
      fc.record({
        seq: fc.nat(),
        at: fc.constant(AT),
        line: wild(3_000).map((text) => [words(text), person('U04MAYAITO1')]),
      }),
      {
        maxLength: 10,
      },
    ),
    checklist: fc.array(fc.record({ item: wild(300), done: fc.boolean(), by: someone }), {
      maxLength: 60,
    }),
    drafts: fc.array(anyDraft, { maxLength: 2 }),
    page: anyRequest.map((request) => ({
      statuspageIncidentId: 'p1',
      lastPublication: examplePublication(request),
    })),
    alertGroup: wild(2_000).map((path) => ({
      source: 'grafana-oncall' as const,
      group: 'G1',
      episode: 1,
      state: null,
      lastOccurredAt: null,
      link: `https://x.example/${path}`,
    })),
  })
  .map((given) => exampleIncident(given));
const anyMessage: fc.Arbitrary<RoomMessage> = fc
  .record({
    incident: anyIncident,
    draft: anyDraft,
    text: wild(6_000),
    kind: fc.nat({ max: 11 }),
    rule: wild(1_000),
  })
  .map(({ incident, draft, text, kind, rule }) => {
    const { incidentId, checklist: items } = incident;
    const messages: RoomMessage[] = [
      { kind: 'incident_card', incident, nowMs: 1_773_400_000_000 },
      {
        kind: 'line',
        text: say`${words(text)} ${quote(text)} end`,
        buttons: [{ actionId: 'incident_update', label: text, value: '' }],
      },
      { kind: 'checklist', incidentId, items },
      { kind: 'announcement', incident, join: 'open' },
      {
        kind: 'approval_card',
        incident,
        draft,
        components: [{ id: '0_'.padEnd(80, '*'), name: text }],
        rule,
        publicUrl: 'https://status.example.com',
      },
      { kind: 'quarantine_notice', path: text, reason: text, bytes: 3, wasRead: false },
      { kind: 'update_due', incident, last: say`the last one was 30 min ago` },
      { kind: 'help', command: '/ir', unknown: { typed: text, closest: null } },
      { kind: 'menu', command: '/ir', incident },
      { kind: 'status', incident, nowMs: 1_773_400_000_000 },
      { kind: 'incident_list', incidents: Array(30).fill(incident), note: [words(text)] },
      {
        kind: 'refusal',
        text: [quote(text)],
        rule: [words(rule)],
        link: { title: text, url: `https://x.example/${text}` },
      },
    ];
    return messages[kind]!;
  });

describe('Block Kit’s limits', () => {
  it('hold for every message, whatever people and alerts wrote', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const { text, blocks } = renderMessage(message);
        expect(() => checkMessageBlocks(blocks)).not.toThrow();
        expect(text).not.toBe('');
        expect(text.length).toBeLessThanOrEqual(4_000);
      }),
      { numRuns: 400 },
    );
  });

  it('hold where Approve is: then the whole text is on the card', () => {
    fc.assert(
      fc.property(anyIncident, anyDraft, (incident, draft) => {
        const message: RoomMessage = {
          kind: 'approval_card',
          incident,
          draft,
          components: [],
          rule: 'one approver',
          publicUrl: 'https://status.example.com',
        };
        const blocks = shown(message);
        if (!blocks.includes('"statuspage_approve"')) return;
        const { name, body } = draft.request.body.incident;
        expect(blocks).toContain(JSON.stringify(body));
        expect(blocks).toContain(JSON.stringify(name));
      }),
      { numRuns: 200 },
    );
  });
});
