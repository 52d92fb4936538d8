import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DeliveryError } from '../../domain/errors.ts';

/*
 * DynamoDB's typed values and ours. Whatever a map's names are, only its own ones count, and none is
 * assigned to an object: `constructor` and `__proto__` are names like others.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
type Typed = Readonly<Record<string, unknown>>;

/** Maps nested deeper are refused by DynamoDB. */
const DEPTH_MAX = 32;

/** Turns an item of DynamoDB's wire format into plain values, as far as this system stores them. */
export function plainItem(item: Typed): Record<string, unknown> {
  return plainMap(item, (expected, got) => {
    throw new TypeError(`cannot read a row: expected ${expected}, got ${got}`);
  });
}

/**
 * The same for a row that another hand may have written: what this system never stores becomes a
 * symbol, which no schema accepts, so that verification names the row.
 */
export function storedItem(item: Typed): Record<string, unknown> {
  return plainMap(item, (expected) => Symbol(`not ${expected}`));
}

/**
 * Turns plain values into an item of DynamoDB's wire format. As in JSON, a member without a value is
 * left out.
 * @throws {DeliveryError} `ROW_INVALID` for what cannot be stored
 */
export function storableItem(item: Typed): Record<string, AttributeValue> {
  return storableMap(item, 1);
}

/** One value. @throws as `storableItem` */
export function storableValue(value: unknown): AttributeValue {
  return typed(value, 1);
}

function storableMap(item: Typed, depth: number): Record<string, AttributeValue> {
  if (depth > DEPTH_MAX) throw invalid(`at most ${DEPTH_MAX} levels`, 'more');
  return Object.fromEntries(
    Object.entries(item)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typed(value, depth + 1)]),
  );
}

function typed(value: unknown, depth: number): AttributeValue {
  switch (typeof value) {
    case 'string':
      return { S: value.toWellFormed() };
    case 'boolean':
      return { BOOL: value };
    case 'number':
      return { N: digitsOf(value) };
    case 'object':
      if (value === null) return { NULL: true };
      if (Array.isArray(value)) return { L: value.map((one) => typed(one, depth + 1)) };
      if (isMap(value)) return { M: storableMap(value, depth) };
  }
  throw invalid('text, a number, a truth value, null, a list or a map', typeof value);
}

/** By where it comes from, not by what it says of itself: a map may well have a "constructor". */
function isMap(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function digitsOf(number: number): string {
  if (!Number.isFinite(number)) throw invalid('a finite number', 'another');
  if (isImprecise(number)) throw invalid('a number of at most 53 bits', 'more');
  return String(number);
}

type Odd = (expected: string, got: string) => unknown;

function plainMap(item: Typed, odd: Odd): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value, odd)]));
}

/** One attribute value: an object with one member, whose name tells the type. */
function plain(value: unknown, odd: Odd): unknown {
  const [entry, ...more] = Object.entries(value ?? {});
  if (!entry || more.length > 0) return odd('one typed value', `${entry ? 'more' : 'none'}`);
  const [type, given] = entry;
  switch (type) {
    case 'S':
    case 'BOOL':
      return given;
    case 'N': {
      const number = Number(given);
      return isImprecise(number) ? odd('a number of at most 53 bits', 'more') : number;
    }
    case 'NULL':
      return null;
    case 'L':
      return (given as unknown[]).map((one) => plain(one, odd));
    case 'M':
      return plainMap(given as Typed, odd);
    default:
      return odd('S BOOL N NULL L or M', type);
  }
}

function isImprecise(number: number): boolean {
  return Number.isInteger(number) && !Number.isSafeInteger(number);
}

function invalid(expected: string, got: string): DeliveryError {
  return new DeliveryError({
    code: 'ROW_INVALID',
    message: `cannot store a row: expected ${expected}, got ${got}`,
    retryable: false,
  });
}
