import { type Sentence, textOf } from '../src/domain/sentence.ts';

type Told<T> = T extends Sentence
  ? string
  : T extends readonly unknown[]
    ? { [K in keyof T]: Told<T[K]> }
    : T extends object
      ? { [K in keyof T]: Told<T[K]> }
      : T;

/** A message, or anything that holds some, with every sentence as mere text: people by id. */
export function told<T>(value: T): Told<T> {
  return toldOf(value) as Told<T>;
}

function toldOf(value: unknown): unknown {
  if (isSentence(value)) return textOf(value);
  if (Array.isArray(value)) return value.map(toldOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, toldOf(field)]));
}

function isSentence(value: unknown): value is Sentence {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (part) =>
        typeof part === 'object' &&
        part !== null &&
        Object.keys(part).length === 1 &&
        ['words', 'person', 'channel', 'quote'].some((name) => name in part),
    )
  );
}
