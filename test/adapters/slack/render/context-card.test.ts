import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MESSAGE_TEXT_MAX, textLength } from '../../../../src/adapters/slack/render/block-kit.ts';
import { contextCard } from '../../../../src/adapters/slack/render/context-card.ts';
import {
  CONTEXT_SNAPSHOT,
  CONTEXT_SOURCES,
  type ContextAnswer,
  type ContextSnapshot,
  UNKNOWN_REASONS,
} from '../../../../src/domain/context-snapshot.ts';
import { checkMessageBlocks } from '../../../../src/local/slack/block-kit.ts';

const value = (of: object = {}) => ({
  ...{ label: '', value: '1', before: null, id: null, at: null, link: null },
  ...of,
});
const ok = (of: Partial<Extract<ContextAnswer, { status: 'ok' }>> = {}): ContextAnswer => ({
  ...{ source: 'metrics', name: 'Depth', asked: 'depth', status: 'ok' },
  ...{ values: [value()], more: 0, isPartial: false },
  ...of,
});
const snapshot = (of: Partial<ContextSnapshot> = {}): ContextSnapshot => ({
  ...{
    service: 'checkout-api',
    takenAt: '2026-03-01T10:00:00.000Z',
    summary: '1 of 1 sources answered',
  },
  ...{ sources: [], links: [] },
  ...of,
});
/** All literal texts of a card, one after the other. */
const words = (of: Partial<ContextSnapshot>) =>
  JSON.stringify(contextCard(snapshot(of)).blocks)
    .match(/"text":"((?:[^"\\]|\\.)*)"/g)
    ?.map((text) => JSON.parse(text.slice(7)))
    .join('\n');

describe('contextCard()', () => {
  it('says what each source said, and what it was before', () => {
    const sources = [
      ok({ values: [value({ label: 'queue=a', value: '7 jobs', before: '2 jobs' })], more: 3 }),
      ok({
        source: 'logs',
        name: 'Errors',
        values: [value({ value: 'it broke', at: '2026-03-01T09:59:12.000Z' })],
        isPartial: true,
      }),
    ];
    const said = words({ sources });
    expect(said).toContain('Metrics\nDepth: queue=a: 7 jobs, 2 jobs half an hour before');
    expect(said).toContain('Depth: at least 3 more');
    expect(said).toContain(
      'Log lines\nErrors: 09:59:12 it broke (the source could not look everywhere)',
    );
  });

  it('says on a telephone the first figure and the last deployment', () => {
    const sources = [
      ok({ values: [value({ value: '7.3%', before: '0.1%' })] }),
      ok({ source: 'deploys', values: [value({ at: '2026-03-01T09:39:00.000Z' })] }),
    ];
    expect(contextCard(snapshot({ sources, summary: '2 of 2 sources answered' })).text).toBe(
      'Context for checkout-api: Depth: 7.3%, 0.1% half an hour before; ' +
        'deployed 21 min before; 2 of 2 sources answered',
    );
    const silent: ContextAnswer = {
      ...{ source: 'metrics', name: 'Depth', asked: 'q', status: 'unknown', reason: 'TIMED_OUT' },
    };
    expect(contextCard(snapshot({ sources: [silent] })).text).toBe(
      'Context for checkout-api: 1 of 1 sources answered',
    );
  });

  it('says that nobody knows what a new series was before', () => {
    expect(words({ sources: [ok()] })).toContain('Depth: 1, unknown half an hour before');
  });

  it.each(UNKNOWN_REASONS)('says unknown for %s, and no number', (reason) => {
    const said = words({
      sources: [{ source: 'metrics', name: 'Depth', asked: 'depth', status: 'unknown', reason }],
    });
    expect(said).toMatch(/Metrics\n: unknown \([a-z].+\)/);
    expect(said).not.toMatch(/(Depth|Metrics\n): \d/);
  });

  it('says once what every source of a kind says alike, and by name what one says alone', () => {
    const unknown = (name: string, reason: 'TIMED_OUT' | 'FORBIDDEN'): ContextAnswer => ({
      ...{ source: 'metrics', name, asked: 'q', status: 'unknown', reason },
    });
    const alike = [unknown('Depth', 'TIMED_OUT'), unknown('Errors', 'TIMED_OUT')];
    const said = words({ sources: alike });
    expect(said).toContain('Metrics\n: unknown (no answer in time)');
    expect(said).not.toContain('Depth');
    for (const other of [unknown('Age', 'FORBIDDEN'), ok({ name: 'Age', values: [] }), ok()]) {
      expect(words({ sources: [...alike, other] })).toContain(
        'Depth: unknown (no answer in time)\nErrors: unknown (no answer in time)',
      );
    }
  });

  it('tells an empty answer from a source that did not answer, by name', () => {
    const empty = words({ sources: [ok({ values: [] })] });
    expect(empty).toContain('Depth: no series');
  });

  it.each([
    ['logs', 'no line matches'],
    ['traces', 'no trace matches'],
    ['deploys', 'nothing was deployed'],
    ['owners', 'nobody is named'],
  ] as const)('tells an empty answer of %s from none', (source, empty) => {
    expect(words({ sources: [ok({ source, values: [] })] })).toContain(empty);
    expect(
      words({ sources: [{ ...ok({ source }), status: 'not_configured' }] as never }),
    ).toContain('not set up');
  });

  it.each([
    ['2026-03-01T09:39:00.000Z', '21 min before'],
    ['2026-03-01T08:00:01.000Z', '120 min before'],
    ['2026-03-01T08:00:00.000Z', '2 h before'],
    ['2026-03-01T10:00:05.000Z', '0 min before'],
  ])('says that what was deployed at %s was %s', (at, age) => {
    const deploy = value({ label: 'production', value: 'succeeded', at, id: 'abcdef0123' });
    expect(words({ sources: [ok({ source: 'deploys', values: [deploy] })] })).toContain(
      `${age.replace('120 min', '2 h')}, production: succeeded`,
    );
  });

  it('says unknown of the last source, however much the others say', () => {
    const noisy = ok({ values: Array(5).fill(value({ label: 'l'.repeat(160) })) });
    const last: ContextAnswer = {
      ...{ source: 'metrics', name: 'The last one', asked: 'q' },
      ...{ status: 'unknown', reason: 'TIMED_OUT' },
    };
    expect(words({ sources: [...Array(7).fill(noisy), last] })).toContain(
      'The last one: unknown (no answer in time)',
    );
  });

  it('shows where a link of an alert leads', () => {
    const links = [
      { title: 'Runbook', url: 'https://runbooks.example.com/a', from: 'routing' as const },
      { title: 'Runbook', url: 'https://evil.example.net/a', from: 'alert' as const },
    ];
    expect(words({ links })).toContain('(from the alert, at evil.example.net)');
  });

  it('mentions nobody, whatever a source says', () => {
    const hostile = '<!channel> @U04MAYAITO1 <@U04MAYAITO1> *bold* <https://evil.example|x> :fire:';
    const sources = CONTEXT_SOURCES.map((source) =>
      ok({ source, name: hostile, values: [value({ label: hostile, value: hostile })] }),
    );
    const card = contextCard(snapshot({ service: hostile, summary: hostile, sources }));
    expect(JSON.stringify(card.blocks)).not.toMatch(/"type":"(user|usergroup|broadcast|channel)"/);
    // Markup of a mention needs a bracket; the fallback has none that is not escaped.
    expect(card.text).not.toContain('<');
    const markup = JSON.stringify(card.blocks.filter(({ type }) => type === 'context'));
    expect(markup).not.toContain('evil');
  });

  const text = (max: number) =>
    fc.string({ unit: 'binary', maxLength: max }).map((t) => t.toWellFormed());
  const answers = fc.array(
    fc.record({
      source: fc.constantFrom(...CONTEXT_SOURCES),
      name: text(120),
      asked: fc.constant('q'),
      status: fc.constant('ok' as const),
      values: fc.array(
        fc.record({
          label: fc.oneof(text(160), fc.constant('x'.repeat(160))),
          value: fc.oneof(text(400), fc.constant('y'.repeat(400))),
          before: fc.option(fc.constant('z'.repeat(400))),
          id: fc.option(fc.constant('a'.repeat(64))),
          at: fc.option(fc.constant('2026-03-01T09:59:12.000Z')),
          link: fc.option(fc.constant(`https://github.com/${'p'.repeat(900)}`)),
        }),
        { maxLength: 5 },
      ),
      more: fc.nat(),
      isPartial: fc.boolean(),
    }),
    { maxLength: 18 },
  );

  it('is within Slack’s limits for any snapshot', () => {
    fc.assert(
      fc.property(answers, (sources) => {
        const links = Array.from({ length: 10 }, () => ({
          title: 'Runbook',
          url: `https://a.example.com/${'q'.repeat(900)}`,
          from: 'alert' as const,
        }));
        const given = snapshot({ sources, links });
        expect(CONTEXT_SNAPSHOT.safeParse(given).success).toBe(true);
        const { blocks } = contextCard(given);
        expect(() => checkMessageBlocks(blocks)).not.toThrow();
        expect(textLength(blocks)).toBeLessThan(MESSAGE_TEXT_MAX);
      }),
      { numRuns: 300 },
    );
  });
});
