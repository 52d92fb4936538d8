import { describe, expect, it } from 'vitest';
import { quoted, visibleText, wrapped } from '../../src/domain/literal-lines.ts';
import { receiptFile } from '../../src/domain/receipt-text.ts';
import { receipt } from './receipt-story.ts';

const approval = receipt().approvals[0]!;
const render = (of: Parameters<typeof receipt>[0] = {}) => receiptFile(receipt(of), 'aa.bb.cc');
/** The part in words, as lines. */
const words = (of: Parameters<typeof receipt>[0] = {}) =>
  render(of).split('\n-----BEGIN RECEIPT-----\n')[0]!.split('\n');

describe('receiptFile()', () => {
  it('reads like this', async () => {
    await expect(render()).toMatchFileSnapshot('./receipt-text.golden.txt');
  });

  it('reads like this when one person broke the glass over an edited proposal, adopted later', async () => {
    const alone = {
      ...approval,
      breakGlass: { reason: 'Nobody else is awake.', place: { seq: 8, hash: '9'.repeat(64) } },
    };
    const ai = { modelId: 'anthropic.claude', promptVersion: 'status-3', revision: 1 };
    const drafted = { ...receipt().drafted, ai, editedAfterAi: true };
    const file = render({ approvals: [alone], drafted, adopted: true, revision: 2 });
    await expect(file).toMatchFileSnapshot('./receipt-text.break-glass.golden.txt');
  });

  it.each([
    ['none', { origin: 'words', ai: null, editedAfterAi: false }],
    ['none: the words are the template’s', { origin: 'template', ai: null, editedAfterAi: false }],
    [
      'model m, prompt p, proposed these words; a person sent them in unchanged',
      {
        origin: 'proposal',
        ai: { modelId: 'm', promptVersion: 'p', revision: 1 },
        editedAfterAi: false,
      },
    ],
  ] as const)('says of AI: %s', (said, of) => {
    const drafted = { ...receipt().drafted, ...of };
    expect(words({ drafted })).toContain(`  AI                ${said}`);
  });

  it('says what it does not know', () => {
    const bare = { ...approval, roles: [], policyIds: [], rule: null };
    const lines = words({
      approvals: [{ ...bare, breakGlass: { reason: '', place: null } }, approval],
      drafted: { ...receipt().drafted, authors: [] },
      basedOn: 'pub-before',
      action: 'update',
    });
    expect(lines).toContain('  Approver          T0TEST:U0JONAS, as no role');
    expect(lines).toContain('  BREAK GLASS       no reason is on record');
    expect(lines).toContain('  Rule              see the policies');
    expect(lines).toContain('  Policies          none, for severity P1');
    expect(lines).toContain('  People            none');
    expect(lines).toContain('  Follows           pub-before');
    expect(lines).toContain('  What it did       added an update to the incident on the page');
  });

  it('names several of a kind one after another, and approvals apart', () => {
    const roles = ['status-approver', 'incident-commander'];
    const first = { ...approval, roles, policyIds: ['one', 'two'] };
    const { request } = receipt();
    const components = { c1: 'partial_outage', c2: 'operational' } as const;
    const incident = { ...request.body.incident, components, deliver_notifications: false };
    const lines = words({
      approvals: [first, { ...approval, approver: 'T0TEST:U0LINA' }],
      drafted: { ...receipt().drafted, authors: ['U0MAYA', 'U0BEN'] },
      request: { ...request, body: { incident } },
    });
    expect(lines).toContain(
      '  Approver          T0TEST:U0JONAS, as status-approver, incident-commander',
    );
    expect(lines).toContain('  Policies          one, two, for severity P1');
    expect(lines).toContain('  People            U0MAYA, U0BEN');
    expect(lines).toContain('  Subscribers       not notified');
    expect(lines).toContain('  Components        c1 to “Partial outage”, c2 to “Operational”');
    const second = lines.indexOf('  Approver          T0TEST:U0LINA, as status-approver');
    expect(lines.slice(second - 2, second)).toEqual([expect.stringMatching(/hash a{64}$/), '']);
    const bare = { ...request, body: { incident: { ...incident, components: {} } } };
    expect(words({ request: bare })).toContain('  Components        none');
  });

  it('warns on top when any one of its approvals was given alone', () => {
    const alone = { ...approval, breakGlass: { reason: 'Nobody else.', place: null } };
    const warning = '!! BREAK GLASS: one person approved this alone !!';
    expect(words({ approvals: [approval, alone] })).toContain(warning);
    expect(words({ approvals: [alone, approval] })).toContain(warning);
    expect(words({ approvals: [approval, approval] })).not.toContain(warning);
  });

  it('is at most 100 columns wide whatever it holds', () => {
    const long = 'w'.repeat(3_000);
    const lines = render({
      title: 'T '.repeat(127),
      text: `${long.slice(0, 1_500)}\n${'word '.repeat(250)}`,
      link: long.slice(0, 2_000),
      approvals: [{ ...approval, rule: long, policyIds: ['p'.repeat(200), 'q'.repeat(200)] }],
    }).split('\n');
    expect(Math.max(...lines.map((line) => [...line].length))).toBe(100);
  });

  it('lets no words of others stand where its own do', () => {
    const spoof = [
      'Harmless.',
      '',
      'Who approved it',
      '---------------',
      '  Approver          T0TEST:U0MALLORY, as status-approver',
      '-----BEGIN RECEIPT-----',
      '\u202eesrever\u202c \u200bhidden\u0007\r',
    ].join('\n');
    const honest = words().filter((line) => !line.startsWith('  |') && !line.startsWith('  :'));
    const spoofed = words({ text: spoof }).filter(
      (line) => !line.startsWith('  |') && !line.startsWith('  :'),
    );
    const exceptDigest = (lines: string[]) => lines.filter((line) => !line.includes('digest'));
    expect(exceptDigest(spoofed)).toEqual(exceptDigest(honest));
    expect(words({ text: spoof })).toContain(
      '  | ⟨U+202E⟩esrever⟨U+202C⟩ ⟨U+200B⟩hidden⟨U+0007⟩⟨U+000D⟩',
    );
    expect(words({ title: 'One\nPublic status     Resolved' })).toContain(
      '  Title             One⟨U+000A⟩Public status     Resolved',
    );
  });
});

describe('visibleText()', () => {
  it('shows what cannot be seen, and its own brackets, and leaves the rest', () => {
    expect(visibleText('a\tb\u2028c\ud800d\ue000e⟨U+0041⟩')).toBe(
      'a⟨U+0009⟩b⟨U+2028⟩c⟨U+D800⟩d⟨U+E000⟩e⟨U+27E8⟩U+0041⟨U+27E9⟩',
    );
    expect(visibleText('Zürich ⚠️ 支払い 100 %')).toBe('Zürich ⚠️ 支払い 100 %');
    expect(visibleText('x\ufe0f')).toBe('x⟨U+FE0F⟩');
  });
});

describe('wrapped() and quoted()', () => {
  it('break behind a space, else anywhere, and lose nothing', () => {
    expect(wrapped('one two three', 8)).toEqual(['one two ', 'three']);
    expect(wrapped('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrapped('', 4)).toEqual(['']);
    expect(wrapped('支払い', 4)).toEqual(['支払', 'い']);
  });

  it('tell a break of ours from one of theirs', () => {
    expect(quoted('one two three\nfour', 10)).toEqual(['| one two', ': three', '| four']);
  });
});
