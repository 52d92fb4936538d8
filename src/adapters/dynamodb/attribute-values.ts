/** Turns an item of DynamoDB's wire format into plain values, as far as this system stores them. */
export function plainItem(item: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));
}

/**
 * One attribute value: an object with one member, whose name tells the type.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 * @throws {TypeError} for sets and bytes, which no row of ours holds, and for what is no value
 */
function plain(value: unknown): unknown {
  const [entry, ...more] = Object.entries(value ?? {});
  if (!entry || more.length > 0) throw new TypeError('cannot read a row: expected one typed value');
  const [type, given] = entry;
  switch (type) {
    case 'S':
    case 'BOOL':
      return given;
    case 'N':
      return numberOf(String(given));
    case 'NULL':
      return null;
    case 'L':
      return (given as unknown[]).map(plain);
    case 'M':
      return plainItem(given as Record<string, unknown>);
    default:
      throw new TypeError(`cannot read a row: expected S BOOL N NULL L or M, got ${type}`);
  }
}

function numberOf(digits: string): number {
  const number = Number(digits);
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) {
    throw new TypeError('cannot read a row: expected a number of at most 53 bits');
  }
  return number;
}
