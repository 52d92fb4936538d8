import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillQuery, templateProblem } from '../../src/domain/query-template.ts';

const fill = (template: string, labels: Record<string, string> = {}, service = 'checkout-api') =>
  fillQuery(template, { service, labels });

describe('fillQuery()', () => {
  it('leaves a query without places as it is', () => {
    const query = `sum(rate(x{a='b'}[5m])) # all of it`;
    expect(fill(query)).toEqual({ kind: 'query', query });
  });

  it('fills in the service and labels, whatever spaces stand around them', () => {
    expect(fill('up{job="{{service}}", pod="{{ labels.pod }}"}', { pod: 'a-1' })).toEqual({
      kind: 'query',
      query: 'up{job="checkout-api", pod="a-1"}',
    });
  });

  it('escapes quotes, backslashes, controls and everything that is not ASCII', () => {
    const pod = 'a"b\\c\nd\u0000é😀';
    expect(fill('up{pod="{{labels.pod}}"}', { pod })).toEqual({
      kind: 'query',
      query: 'up{pod="a\\"b\\\\c\\u000ad\\u0000\\u00e9\\U0001f600"}',
    });
  });

  it('takes a label literally where a pattern is expected', () => {
    expect(fill('up{pod=~"{{labels.pod}}-.+"}', { pod: '.*|a-z' })).toEqual({
      kind: 'query',
      query: 'up{pod=~"\\\\.\\\\*\\\\|a\\\\-z-.+"}',
    });
  });

  it.each([
    ['up{a!~"{{labels.x}}"}', 'up{a!~"\\\\."}'],
    ['{a="b"} |~ "{{labels.x}}"', '{a="b"} |~ "\\\\."'],
    ['{a="b"} |= "{{labels.x}}"', '{a="b"} |= "."'],
    ['{ span.a != "{{labels.x}}" }', '{ span.a != "." }'],
    ['{a="b"} |= `raw "` |= "{{labels.x}}"', '{a="b"} |= `raw "` |= "."'],
    [
      '{a="b"} | line_format "{{.msg}}" | c="{{labels.x}}"',
      '{a="b"} | line_format "{{.msg}}" | c="."',
    ],
  ])('knows which comparisons take a pattern: %s', (template, query) => {
    expect(fill(template, { x: '.' })).toEqual({ kind: 'query', query });
  });

  it.each([[{}], [{ pod: '' }]])('asks nothing when the alert lacks the label: %j', (labels) => {
    expect(fill('up{pod="{{labels.pod}}"}', labels)).toEqual({ kind: 'missing', label: 'pod' });
  });

  it('does not take a property of all objects for a label', () => {
    expect(fill('up{pod="{{labels.constructor}}"}')).toEqual({
      kind: 'missing',
      label: 'constructor',
    });
  });
});

describe('templateProblem()', () => {
  it.each([
    ['up{{{labels.x}}}', 'inside double quotes'],
    ['up{a=`{{labels.x}}`}', 'inside double quotes'],
    ["up{a='{{labels.x}}'}", 'expected double quotes, got single ones'],
    ['up{a="b"} # "{{labels.x}}"', 'no comment'],
    ['{ a = "b" } // "{{labels.x}}"', 'no comment'],
    ['{ a = "b" } /* "{{labels.x}}"', 'no comment'],
    ['up{a="{{labels.x}}', 'a closing "'],
    ['up{a="b\n{{labels.x}}"}', 'a closing "'],
    ['{a="b"} |= `c |= "{{labels.x}}"', 'a closing `'],
    ['up{a="\\{{labels.x}}"}', 'whole escapes'],
    ['up{a="\\u00{{labels.x}}"}', 'whole escapes'],
    ['up{a="\\q{{labels.x}}"}', 'whole escapes'],
    ['label_replace(up, "a", "{{labels.x}}", "b", "c")', 'that is compared'],
    ['{a="b"} |> "{{labels.x}}"', 'that is compared'],
    ['{a="b"} | line_format "{{labels.x}}"', 'that is compared'],
  ])('refuses %s', (template, words) => {
    expect(templateProblem(template)).toContain(words);
    expect(() => fill(template, { x: 'y' })).toThrow(RangeError);
  });

  it('accepts what has no place for anything', () => {
    expect(templateProblem("label_replace(up, 'a', 'b', 'c', 'd') # fine")).toBeUndefined();
  });
});

/** What a query is made of, read as Go's scanner reads it: the literals' values, and all between. */
function lexed(query: string): { literals: string[]; between: string } {
  const literals: string[] = [];
  let between = '';
  for (let i = 0; i < query.length; i += 1) {
    if (query[i] !== '"') {
      between += query[i];
      continue;
    }
    let literal = '';
    for (i += 1; query[i] !== '"'; i += 1) {
      if (i >= query.length || query[i] === '\n') throw new Error('the literal does not end');
      if (query[i] !== '\\') {
        literal += query[i];
        continue;
      }
      i += 1;
      const digits = { u: 4, U: 8 }[query[i] as string];
      if (digits !== undefined) {
        literal += String.fromCodePoint(Number.parseInt(query.slice(i + 1, i + 1 + digits), 16));
        i += digits;
      } else if (query[i] === '"' || query[i] === '\\') literal += query[i];
      else throw new Error(`no such escape: ${query[i]}`);
    }
    literals.push(literal);
    between += '""';
  }
  return { literals, between };
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        '"',
        '\\',
        '\n',
        '}',
        '{',
        '`',
        "'",
        '#',
        '|',
        'a',
        ' or ',
        '\ud800',
        '{{service}}',
      ),
      {
        minLength: 1,
        maxLength: 20,
      },
    )
    .map((parts) => parts.join('')),
);

describe('whatever a label holds', () => {
  it('it stays one literal with exactly its value, and the rest of the query stays as it was', () => {
    fc.assert(
      fc.property(hostile, hostile, (x, y) => {
        const filled = fill('sum(up{a="{{labels.x}}", b!="c{{labels.y}}d{{service}}"}) > 1', {
          x,
          y,
        });
        if (filled.kind !== 'query') throw new Error('expected a query');
        expect(lexed(filled.query)).toEqual({
          literals: [x.toWellFormed(), `c${y.toWellFormed()}dcheckout-api`],
          between: 'sum(up{a="", b!=""}) > 1',
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('as a pattern it matches exactly itself', () => {
    fc.assert(
      fc.property(hostile, hostile, (x, other) => {
        const filled = fill('{a=~"{{labels.x}}"}', { x });
        if (filled.kind !== 'query') throw new Error('expected a query');
        const [pattern = ''] = lexed(filled.query).literals;
        // Outside of Unicode mode JavaScript takes every escaped punctuation mark, as RE2 does.
        const whole = new RegExp(`^(?:${pattern})$`, 's');
        expect(whole.test(x.toWellFormed())).toBe(true);
        expect(whole.test(other.toWellFormed())).toBe(other.toWellFormed() === x.toWellFormed());
      }),
      { numRuns: 2_000 },
    );
  });
});
