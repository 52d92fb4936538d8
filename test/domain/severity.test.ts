import { expect, it } from 'vitest';
import { parseSeverity, type Severity, worse } from '../../src/domain/severity.ts';

it.each([
  ['P1', 'P1'],
  ['p4', 'P4'],
  ['2', 'P2'],
  ['sev2', 'P2'],
  ['SEV-3', 'P3'],
  [' P2 ', 'P2'],
  ['P0', undefined],
  ['P5', undefined],
  ['P12', undefined],
  ['xP1', undefined],
  ['P1x', undefined],
  ['', undefined],
])('parseSeverity(%o) is %s', (text, expected) => {
  expect(parseSeverity(text)).toBe(expected);
});

it.each<[Severity, Severity, Severity]>([
  ['P1', 'P2', 'P1'],
  ['P4', 'P3', 'P3'],
  ['P2', 'P2', 'P2'],
])('the worse of %s and %s is %s', (a, b, expected) => {
  expect(worse(a, b)).toBe(expected);
});
