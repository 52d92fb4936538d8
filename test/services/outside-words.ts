import type { z } from 'zod';
import { type Actor, type AuditEvent, EVENT_TYPES } from '../../src/domain/audit-event.ts';
import { DETAILS_SCHEMAS } from '../../src/domain/event-details.ts';

type Schema = z.ZodType & { def: Record<string, unknown> };

/** Where an address belongs, an outsider's address is a link of ours by design. */
const LINK_FIELDS = ['link', 'url', 'links'];
/** What stands where a schema takes no words of anybody. */
const FITTING = [
  'U04MAYAITO1',
  '2026-03-13T12:05:00.000Z',
  'a'.repeat(64),
  'inc-aaaaaaaaaaaaaaaa',
  'drf-aaaaaaaaaaaaaaaa',
  'pub-00000000000000000000',
  'C0ROOM1',
  'https://status.example.com/x',
  'S0GROUP1',
  'investigating',
  '/pages/page1/incidents',
  '{}',
  '1.2',
];
/** Different choices made where a schema leaves some. */
const ALL_VARIANTS = [0, 1, 2, 3];
const ACTORS: readonly Actor[] = [
  { kind: 'slack_user', id: 'U04MAYAITO1' },
  { kind: 'alert_source', id: 'grafana-oncall' },
  { kind: 'system', id: 'incident-worker' },
];

/** Events of every type, in several variants, with these words wherever a schema takes words. */
export function eventsSaying(
  text: string,
  types: readonly AuditEvent['type'][] = EVENT_TYPES,
  variants: readonly number[] = ALL_VARIANTS,
): AuditEvent[] {
  return types.flatMap((type) =>
    variants.map((variant) => ({
      incidentId: 'inc-aaaaaaaaaaaaaaaa',
      seq: 9,
      type,
      at: '2026-03-13T12:20:00.000Z',
      actor: ACTORS[variant % ACTORS.length]!,
      commandId: `c-${type}-${variant}`,
      details: filled(DETAILS_SCHEMAS[type] as unknown as Schema, { text, variant }, ''),
      prevHash: '0'.repeat(64),
    })),
  ) as unknown as AuditEvent[];
}

type Fill = { text: string; variant: number };

function filled(schema: Schema, of: Fill, name: string): unknown {
  const { def } = schema;
  const inner = (key: string) => def[key] as Schema;
  switch (def.type) {
    case 'object': {
      const shape = def.shape as Record<string, Schema>;
      const fields = Object.entries(shape).map(([key, each]) => [key, filled(each, of, key)]);
      return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
    }
    case 'optional':
    case 'default':
      return of.variant % 2 === 0 ? filled(inner('innerType'), of, name) : undefined;
    case 'nullable':
      return of.variant === 3 ? null : filled(inner('innerType'), of, name);
    case 'array':
      return [filled(inner('element'), of, name)];
    case 'record': {
      const key = filled(inner('keyType'), of, name);
      return { [String(key)]: filled(inner('valueType'), of, name) };
    }
    case 'union': {
      const options = def.options as Schema[];
      return filled(options[of.variant % options.length]!, of, name);
    }
    case 'enum': {
      const values = Object.values(def.entries as Record<string, string>);
      return values[of.variant % values.length];
    }
    case 'literal':
      return (def.values as unknown[])[0];
    case 'boolean':
      return of.variant % 2 === 0;
    case 'number':
    case 'int':
      return [3, 1, 0, 2].find((value) => schema.safeParse(value).success);
    case 'pipe':
      return filled(inner('in'), of, name);
    case 'null':
      return null;
    default:
      return stringFor(schema, of, name);
  }
}

function stringFor(schema: Schema, { text }: Fill, name: string): unknown {
  const isLink = LINK_FIELDS.includes(name);
  const takesWords = !isLink && schema.safeParse('some words').success;
  const wanted = [...(takesWords ? fits(text) : []), ...FITTING];
  return wanted.find((value) => schema.safeParse(value).success);
}

/** The words as they are, or as much of them as a short field takes. */
function fits(text: string): string[] {
  return [text, ...[1_000, 300, 150, 100, 64].map((max) => text.slice(0, max).toWellFormed())];
}
