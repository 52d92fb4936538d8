import { asObject, asScalarText, asText, type JsonObject } from './read-json.ts';

const LABELS_MAX = 100;
const NAME_MAX = 200;
const VALUE_MAX = 1_000;

/**
 * Labels from either of the shapes in the wild: `{name: value}`, or OnCall's
 * `[{key: {name}, value: {name}}]`. Anything else adds nothing; later sources win.
 */
export function readLabels(...sources: readonly unknown[]): Record<string, string> {
  const labels = new Map<string, string>();
  for (const [name, value] of sources.flatMap(pairs)) {
    const key = asText(name, NAME_MAX);
    const text = asScalarText(value, VALUE_MAX);
    if (key === null || text === null || key === '__proto__') continue;
    if (labels.size < LABELS_MAX || labels.has(key)) labels.set(key, text);
  }
  return Object.fromEntries(labels);
}

function pairs(source: unknown): [unknown, unknown][] {
  if (Array.isArray(source)) return source.map(pairOfEntry);
  return Object.entries(asObject(source) ?? {});
}

function pairOfEntry(entry: unknown): [unknown, unknown] {
  const { key, value } = asObject(entry) ?? ({} as JsonObject);
  return [asObject(key)?.name ?? key, asObject(value)?.name ?? value];
}
