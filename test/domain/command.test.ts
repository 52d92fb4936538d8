import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressedTo, type Command, parseCommand } from '../../src/domain/command.ts';
import { closestVerb, editDistance, VERB_NAMES, VERBS } from '../../src/domain/command-verbs.ts';

const TABLE: [string, Command][] = [
  ['', { kind: 'menu' }],
  [' \n\u200b\u00a0 ', { kind: 'menu' }],
  ['help', { kind: 'help', verb: null }],
  ['help sev', { kind: 'help', verb: 'severity' }],
  ['help nonsense', { kind: 'help', verb: null }],
  ['declare', { kind: 'declare', title: '' }],
  ['new Checkout is down', { kind: 'declare', title: 'Checkout is down' }],
  ['create "Checkout  is\ndown"', { kind: 'declare', title: 'Checkout is down' }],
  ['OPEN “Checkout down”', { kind: 'declare', title: 'Checkout down' }],
  ['status', { kind: 'status' }],
  ['list', { kind: 'list' }],
  ['ic', { kind: 'ic', userId: null }],
  ['lead <@U04MAYAITO1|maya.ito>', { kind: 'ic', userId: 'U04MAYAITO1' }],
  ['ic <@U04MAYAITO1>', { kind: 'ic', userId: 'U04MAYAITO1' }],
  ['ic maya', { kind: 'incomplete', verb: 'ic', usage: 'ic [@person]' }],
  ['ic <@U04A1> <@U04B2>', { kind: 'incomplete', verb: 'ic', usage: 'ic [@person]' }],
  [
    'invite <@U04MAYAITO1|maya> and <@W04JONASBRG> <@U04MAYAITO1>',
    { kind: 'invite', userIds: ['U04MAYAITO1', 'W04JONASBRG'], groupIds: [] },
  ],
  ['invite', { kind: 'incomplete', verb: 'invite', usage: 'invite @person|@group…' }],
  ['invite <!subteam^S1|@db>', { kind: 'invite', userIds: [], groupIds: ['S1'] }],
  [
    'invite <!subteam^S04DB> <@U04MAYAITO1> <!subteam^S04DB|@db>',
    { kind: 'invite', userIds: ['U04MAYAITO1'], groupIds: ['S04DB'] },
  ],
  ['page', { kind: 'incomplete', verb: 'page', usage: 'page @person [@person…]' }],
  ['page <@U04JONASBRG|jonas>', { kind: 'page', userIds: ['U04JONASBRG'] }],
  [
    'page <!subteam^S1|@db>',
    { kind: 'incomplete', verb: 'page', usage: 'page @person [@person…]' },
  ],
  ['service', { kind: 'incomplete', verb: 'service', usage: 'service <name>' }],
  ['service  “checkout api” ', { kind: 'service', name: 'checkout api' }],
  ['title', { kind: 'incomplete', verb: 'title', usage: 'title <text>' }],
  ['rename Checkout\n is &lt;slow&gt;', { kind: 'title', title: 'Checkout is <slow>' }],
  ['invite <!here>', { kind: 'incomplete', verb: 'invite', usage: 'invite @person|@group…' }],
  ['note', { kind: 'note', text: '' }],
  ['note   two\n lines ', { kind: 'note', text: 'two\n lines' }],
  ['note a &lt;b&gt; &amp;amp; c', { kind: 'note', text: 'a <b> &amp; c' }],
  ['note ask <@U04MAYAITO1|maya>', { kind: 'note', text: 'ask @maya' }],
  ['note in <#C123|general> <!here>', { kind: 'note', text: 'in #general @here' }],
  [
    'note <https://a.example/x?a=1&amp;b=2|x>',
    { kind: 'note', text: 'https://a.example/x?a=1&b=2' },
  ],
  ['note <b>a</b> <x|y> 1<2>0', { kind: 'note', text: '<b>a</b> <x|y> 1<2>0' }],
  ['note <mailto:a@b.example|a@b.example>', { kind: 'note', text: 'a@b.example' }],
  ['note "a" and "b"', { kind: 'note', text: '"a" and "b"' }],
  ['note "', { kind: 'note', text: '"' }],
  ['update', { kind: 'update', text: '' }],
  ['update «rolled back»', { kind: 'update', text: 'rolled back' }],
  ['severity P2', { kind: 'severity', severity: 'P2', reason: '' }],
  ['sev 3 fewer customers', { kind: 'severity', severity: 'P3', reason: 'fewer customers' }],
  ['sev sev1', { kind: 'severity', severity: 'P1', reason: '' }],
  ['sev P5', { kind: 'incomplete', verb: 'severity', usage: VERBS.severity.usage }],
  ['sev', { kind: 'incomplete', verb: 'severity', usage: VERBS.severity.usage }],
  ['draft', { kind: 'draft', status: null, text: '' }],
  ['draft Identified', { kind: 'draft', status: 'identified', text: '' }],
  [
    'comms investigating: "We are looking."',
    { kind: 'draft', status: 'investigating', text: 'We are looking.' },
  ],
  ['statuspage resolved All good.', { kind: 'draft', status: 'resolved', text: 'All good.' }],
  ['draft we look', { kind: 'draft', status: null, text: 'we look' }],
  ['draft constructor', { kind: 'draft', status: null, text: 'constructor' }],
  ['mitigate', { kind: 'mitigate', text: '' }],
  ['mitigated rolled back', { kind: 'mitigate', text: 'rolled back' }],
  ['resolve', { kind: 'resolve', summary: '' }],
  ['resolved it was DNS', { kind: 'resolve', summary: 'it was DNS' }],
  ['reopen', { kind: 'incomplete', verb: 'reopen', usage: 'reopen <reason>' }],
  ['reopen back again', { kind: 'reopen', reason: 'back again' }],
  ['cancel ""', { kind: 'incomplete', verb: 'cancel', usage: 'cancel <reason>' }],
  ['cancel', { kind: 'incomplete', verb: 'cancel', usage: 'cancel <reason>' }],
  ['cancel a drill', { kind: 'cancel', reason: 'a drill' }],
  ['checklist', { kind: 'checklist', item: null }],
  ['checklist 3', { kind: 'checklist', item: 3 }],
  ['checklist #12', { kind: 'checklist', item: 12 }],
  ['checklist 0', { kind: 'incomplete', verb: 'checklist', usage: 'checklist [number]' }],
  ['checklist x', { kind: 'incomplete', verb: 'checklist', usage: 'checklist [number]' }],
  ['leave-page', { kind: 'leave-page', reason: '' }],
  ['leave-page “it stays”', { kind: 'leave-page', reason: 'it stays' }],
  ['silence', { kind: 'silence', forMs: 1_800_000 }],
  ['snooze 45', { kind: 'silence', forMs: 2_700_000 }],
  ['silence for 1 hour', { kind: 'silence', forMs: 3_600_000 }],
  ['silence 1h30m', { kind: 'silence', forMs: 5_400_000 }],
  ['silence 24h', { kind: 'silence', forMs: 86_400_000 }],
  ['silence 1441m', { kind: 'incomplete', verb: 'silence', usage: 'silence [30m|1h|…]' }],
  ['silence 0', { kind: 'incomplete', verb: 'silence', usage: 'silence [30m|1h|…]' }],
  ['silence 1m', { kind: 'silence', forMs: 60_000 }],
  ['silence forever', { kind: 'incomplete', verb: 'silence', usage: 'silence [30m|1h|…]' }],
  ['statsu', { kind: 'unknown', typed: 'statsu', closest: 'status' }],
  ['stat', { kind: 'unknown', typed: 'stat', closest: 'status' }],
  ['aprove', { kind: 'unknown', typed: 'aprove', closest: null }],
  ['qqqqqqqqqqqqqqqq', { kind: 'unknown', typed: 'qqqqqqqqqqqqqqqq', closest: null }],
  ['toString', { kind: 'unknown', typed: 'toString', closest: null }],
];

describe('parseCommand()', () => {
  it.each(TABLE)('reads %j', (typed, expected) => {
    expect(parseCommand(typed)).toEqual(expected);
  });

  it('reads every verb and every alias as that verb', () => {
    for (const verb of VERB_NAMES) {
      for (const word of [verb, ...VERBS[verb].aliases]) {
        const read = parseCommand(word);
        const named = read.kind === 'incomplete' ? read.verb : read.kind;
        expect(named).toBe(verb);
      }
    }
  });

  it('cuts an endless unknown word to what can be shown', () => {
    const read = parseCommand('x'.repeat(5_000));
    expect(read).toEqual({ kind: 'unknown', typed: 'x'.repeat(60), closest: null });
  });

  it.each([
    ['spaces', ' '],
    ['zero-width marks', '\u200b'],
  ])(
    'reads a note with 60,000 %s inside as it is, in time that grows with its length',
    (_, one) => {
      const inside = one.repeat(60_000);
      const startedMs = performance.now();
      expect(parseCommand(`note a${inside}b `)).toEqual({ kind: 'note', text: `a${inside}b` });
      // Milliseconds when it is linear; minutes when each place inside is tried.
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    },
  );

  it('reads a token of 60,000 carets that ends in a line break', () => {
    const startedMs = performance.now();
    const read = parseCommand(`note <!here${'^'.repeat(60_000)}\n>`);
    expect(read).toEqual({ kind: 'note', text: '@here' });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  it('never throws, whatever was typed', () => {
    const word = fc.constantFrom(...VERB_NAMES, 'p1', '<@U04A1|', '&lt;', '"', '“', '1h', '\u200b');
    const text = fc.array(fc.oneof(word, fc.string({ unit: 'binary' })), { maxLength: 8 });
    fc.assert(
      fc.property(text, fc.constantFrom(' ', '\n', '', '\t'), (parts, gap) => {
        expect(parseCommand(parts.join(gap))).toHaveProperty('kind');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('closestVerb()', () => {
  it.each([
    ['ci', 'ic'],
    ['cancle', 'cancel'],
    ['reslve', 'resolve'],
    ['decalre', 'declare'],
    ['pstmrtem', 'postmortem'],
  ])('finds the verb behind a mistake in three letters: %s', (word, verb) => {
    expect(closestVerb(word)).toBe(verb);
  });

  it.each(['ack', 'foo', 'abc', 'x', 'banana', 'approve', 'pstmrt'])(
    'guesses nothing behind another word: %s',
    (word) => expect(closestVerb(word)).toBeNull(),
  );

  it('finds the verb of a mistyped alias', () => expect(closestVerb('snoze')).toBe('silence'));
  it('prefers a beginning over a similar word', () => expect(closestVerb('dec')).toBe('declare'));
});

describe('editDistance()', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['note', 'note', 0],
    ['noet', 'note', 1],
    ['kitten', 'sitting', 3],
  ])('of %j and %j is %i', (a, b, expected) => expect(editDistance(a, b)).toBe(expected));
});

describe('addressedTo()', () => {
  it.each([
    ['resolve inc-abcdefghijklmnop It is over.', 'resolve It is over.', 'inc-abcdefghijklmnop'],
    ['  NOTE   INC-ABCDEFGHIJKLMNOP', 'NOTE', 'inc-abcdefghijklmnop'],
    [
      'resolve inc-abcdefghijklmnop\nfirst\nsecond',
      'resolve\nfirst\nsecond',
      'inc-abcdefghijklmnop',
    ],
    ['resolve It is like inc-abcdefghijklmnop', 'resolve It is like inc-abcdefghijklmnop', null],
    // One character too many or too few: mistyped, and no word of a summary.
    ['resolve inc-abcdefghijklmnopq over', 'resolve over', 'inc-abcdefghijklmnopq'],
    ['resolve inc-abcdefghijklmno over', 'resolve over', 'inc-abcdefghijklmno'],
    ['declare inc-abc is down', 'declare inc-abc is down', null],
    ['inc-abcdefghijklmnop', 'inc-abcdefghijklmnop', null],
    ['', '', null],
  ])('%j is %j, for %s', (typed, text, incidentId) => {
    expect(addressedTo(typed)).toEqual({ text, incidentId });
  });

  it('reads 1 MB of spaces in no time', () => {
    const started = performance.now();
    expect(addressedTo(`resolve ${' '.repeat(1_000_000)}x`).incidentId).toBeNull();
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
