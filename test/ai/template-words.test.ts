import { describe, expect, it } from 'vitest';
import { templateWords } from '../../src/ai/template-words.ts';

describe('templateWords()', () => {
  it.each([
    ['MODEL_THROTTLED', 'too much is asked of the model at the moment.'],
    ['MODEL_ACCESS_DENIED', 'this app may not ask the model; tell whoever runs it.'],
    ['MODEL_NOT_FOUND', 'the model does not exist any more; tell whoever runs this app.'],
    ['MODEL_REQUEST_INVALID', 'the model does not take what this app asks; tell whoever runs it.'],
  ] as const)('of %s are a reason, and no code', (reason, words) => {
    expect(templateWords(reason)).toBe(`AI is out, here is the template: ${words}`);
  });

  it('say so when AI is off', () => {
    expect(templateWords('MODEL_OFF')).toBe('This is the template. AI is off.');
  });
});
