/**
 * Queries with places for what an alert says, as PromQL, LogQL and TraceQL have them in common.
 *
 * Labels come from whoever can raise an alert, so a label is only ever put inside a double-quoted
 * string literal that is the right side of a comparison, escaped so that it stays one literal. After
 * `=~` and the like it is a regular expression's literal text as well.
 */

/** `{{service}}`, or `{{labels.NAME}}`. Other braces, e.g. of LogQL's templates, are left alone. */
const PLACE = /\{\{\s*(?:(service)|labels\.([A-Za-z_][A-Za-z0-9_.-]{0,199}))\s*\}\}/g;

/** What stands in the places. */
export type PlaceValues = { service: string; labels: Readonly<Record<string, string>> };

export type FilledQuery = { kind: 'query'; query: string } | { kind: 'missing'; label: string };

type Part = { text: string } | { place: string; isPattern: boolean };

/** Why a template cannot be used, or undefined. Everything is checked before anything is asked. */
export function templateProblem(template: string): string | undefined {
  const parsed = parts(template);
  return typeof parsed === 'string' ? parsed : undefined;
}

/**
 * Fills the places of a template. A label that the alert lacks, or has empty, fills nothing: the
 * query would ask about something else.
 *
 * @throws {RangeError} for a template that `templateProblem` refuses
 */
export function fillQuery(template: string, values: PlaceValues): FilledQuery {
  const parsed = parts(template);
  if (typeof parsed === 'string') throw new RangeError(`cannot fill query: ${parsed}`);
  let query = '';
  for (const part of parsed) {
    if ('text' in part) {
      query += part.text;
      continue;
    }
    const value = placeValue(part.place, values);
    if (value === undefined || value === '') return { kind: 'missing', label: part.place };
    query += escaped(part.isPattern ? quotedPattern(value) : value);
  }
  return { kind: 'query', query };
}

function placeValue(place: string, { service, labels }: PlaceValues): string | undefined {
  if (place === 'service') return service;
  return Object.hasOwn(labels, place) ? labels[place] : undefined;
}

/** The operator a literal must follow to hold a place; the second group is of the pattern kind. */
const COMPARISON = /(?:(=~|!~|\|~)|(?:[^=!<>~|]|^)(=)|(!=|\|=))\s*$/;

/** Whole characters and escapes, as Go and the three languages know them; no half of one. */
const WHOLE_ESCAPES =
  /^(?:[^"\\\n]|\\(?:[abfnrtv\\"]|x[0-9A-Fa-f]{2}|[0-7]{3}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}))*$/;

/** Splits a template at its places, or says why it may have none where they are. */
function parts(template: string): Part[] | string {
  const places = [...template.matchAll(PLACE)];
  if (places.length === 0) return [{ text: template }];
  const literals = doubleQuoted(template);
  if (typeof literals === 'string') return literals;
  const found: Part[] = [];
  let at = 0;
  for (const place of places) {
    const literal = literals.find(
      ({ start, end }) => start < place.index && place.index + place[0].length <= end,
    );
    if (!literal) return `expected ${place[0]} inside double quotes`;
    // A half escape in front would swallow the first character of ours.
    if (!WHOLE_ESCAPES.test(template.slice(literal.start + 1, place.index))) {
      return `expected whole escapes before ${place[0]}`;
    }
    const operator = COMPARISON.exec(template.slice(0, literal.start));
    if (!operator) return `expected ${place[0]} in a text that is compared, e.g. after = or =~`;
    found.push({ text: template.slice(at, place.index) });
    found.push({ place: place[1] ?? place[2] ?? '', isPattern: operator[1] !== undefined });
    at = place.index + place[0].length;
  }
  return [...found, { text: template.slice(at) }];
}

/**
 * The double-quoted literals of a template: index of the opening and of the closing quote. What the
 * three languages read differently is refused, so that no reading of it is a guess.
 */
function doubleQuoted(template: string): { start: number; end: number }[] | string {
  const literals: { start: number; end: number }[] = [];
  for (let i = 0; i < template.length; i += 1) {
    const character = template[i];
    if (character === '#' || /^\/[/*]/.test(template.slice(i, i + 2))) {
      return 'expected no comment beside a place for a label';
    }
    if (character === "'") return 'expected double quotes, got single ones';
    if (character === '`') {
      const end = template.indexOf('`', i + 1);
      if (end < 0) return 'expected a closing `';
      i = end;
    }
    if (character !== '"') continue;
    const end = closingQuote(template, i);
    if (end < 0) return 'expected a closing "';
    literals.push({ start: i, end });
    i = end;
  }
  return literals;
}

function closingQuote(template: string, start: number): number {
  for (let i = start + 1; i < template.length; i += 1) {
    if (template[i] === '\\') i += 1;
    else if (template[i] === '"') return i;
    else if (template[i] === '\n') return -1;
  }
  return -1;
}

/** The pattern that matches exactly this text: as Go's `QuoteMeta`, and safe within `[…]`. */
function quotedPattern(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$-]/g, '\\$&');
}

/**
 * The inside of a double-quoted literal, in Go's escapes, which all three languages take. Only plain
 * ASCII stands as it is.
 * @see https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals
 */
function escaped(text: string): string {
  let inside = '';
  for (const character of text.toWellFormed()) {
    const code = character.codePointAt(0)!;
    if (character === '"' || character === '\\') inside += `\\${character}`;
    else if (code >= 0x20 && code <= 0x7e) inside += character;
    else if (code <= 0xffff) inside += `\\u${code.toString(16).padStart(4, '0')}`;
    else inside += `\\U${code.toString(16).padStart(8, '0')}`;
  }
  return inside;
}
