import { AssertionError } from 'node:assert';
import { beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_GUARDS } from './access-widenings.ts';
import { DELIVERY_GUARDS } from './delivery-widenings.ts';
import { synthesise } from './synthesised.ts';
import type { Template } from './template.ts';
import { TRAIL_GUARDS } from './trail-widenings.ts';

let template: Template;
beforeAll(() => {
  template = synthesise();
});

describe.each([...ACCESS_GUARDS, ...TRAIL_GUARDS, ...DELIVERY_GUARDS])(
  'the assertion that $claim',
  ({ assertion, widenings }) => {
    it('holds for the template as it is', () => {
      expect(() => assertion(template)).not.toThrow();
    });

    it.each(Object.entries(widenings))('fails when %s', (_, widen) => {
      const widened = structuredClone(template);
      widen(widened);
      expect(JSON.stringify(widened)).not.toBe(JSON.stringify(template));
      expect(() => assertion(widened)).toThrow(AssertionError);
    });
  },
);
