import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONTEXT_PARAMETERS } from '../../cdk/context-sources.ts';
import { SERVICE_CONTEXT } from '../../src/adapters/files/service-context.ts';
import { UNKNOWN_REASONS, unknownReasonInWords } from '../../src/domain/context-snapshot.ts';

const document = readFileSync(new URL('../../docs/context.md', import.meta.url), 'utf8');
const examples = [...document.matchAll(/```json\n([\s\S]*?)```/g)].map(
  ([, text]) => JSON.parse(`{${text}}`).context,
);

describe('docs/context.md', () => {
  it('shows a service’s context as routing.json takes it', () => {
    expect(SERVICE_CONTEXT.safeParse(examples[0]).error).toBeUndefined();
  });

  it('shows a deployment’s sources as deployment.json takes them', () => {
    expect(CONTEXT_PARAMETERS.parse(examples[1])).toMatchObject({
      tempo: { user: '1181944' },
      github: { apiUrl: 'https://api.github.com' },
    });
  });

  it.each(UNKNOWN_REASONS)('says what the room means by %s', (reason) => {
    const words = unknownReasonInWords(reason).replace('the answer ', '');
    expect(document).toContain(words);
  });
});
