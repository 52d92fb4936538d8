import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BedrockLanguageModel } from '../../src/adapters/bedrock/bedrock-language-model.ts';
import type { LanguageModel } from '../../src/ai/language-model.ts';
import { redact } from '../../src/ai/redacted-text.ts';

const source = new URL('../../src/', import.meta.url);

function filesIn(folder: string): { path: string; text: string }[] {
  return readdirSync(new URL(folder, source), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({
      path: `${folder}${name}`,
      text: readFileSync(new URL(`${folder}${name}`, source), 'utf8'),
    }));
}

const modelSide = [...filesIn('ai/'), ...filesIn('adapters/bedrock/')];

describe('what meets a model', () => {
  it('has files', () => {
    expect(modelSide.length).toBeGreaterThan(8);
  });

  it.each(modelSide)(
    '$path has no path to publish: it neither imports nor names that side',
    ({ text }) => {
      expect(text).not.toMatch(/status[-_ ]?page|publish\(|PublishPermit|approval-?gate/i);
    },
  );

  it.each(modelSide)('$path imports domain, ai, node: and its own vendor only', ({ text }) => {
    const allowed =
      /^(?:\.\/[\w-]+\.ts|\.\.\/domain\/[\w-]+\.ts|\.\.\/\.\.\/(?:ai|domain)\/[\w-]+\.ts|node:(?:crypto|net)|zod|@aws-sdk\/client-bedrock-runtime)$/;
    for (const [, specifier] of text.matchAll(/from '([^']+)'/g))
      expect(specifier).toMatch(allowed);
    expect(text).not.toMatch(/\bimport\(|\brequire\(|\bfetch\(/);
  });

  it('only redacted-text.ts makes RedactedText', () => {
    const makers = ['ai/', 'adapters/', 'services/', 'handlers/', 'local/', 'domain/']
      .flatMap(filesIn)
      .filter(({ text }) => /as (?:unknown as )?RedactedText|<RedactedText>/.test(text))
      .map(({ path }) => path);
    expect(makers).toEqual(['ai/redacted-text.ts']);
  });

  it('a plain string does not compile where a model is called', () => {
    const call = (model: LanguageModel, bedrock: BedrockLanguageModel) => {
      const system = redact('system').text;
      const limits = { maxTokens: 1, deadlineMs: 1 };
      // @ts-expect-error a plain string is not RedactedText
      void model.complete({ system, user: 'plain', ...limits });
      // @ts-expect-error a plain string is not RedactedText
      void model.complete({ system: 'plain', user: system, ...limits });
      // @ts-expect-error a plain string is not RedactedText
      void bedrock.complete({ system, user: 'plain', ...limits });
      // @ts-expect-error text joined to redacted text is plain again
      void bedrock.complete({ system, user: `${system} and more`, ...limits });
      return bedrock.complete({ system, user: system, ...limits });
    };
    expect(call).toBeTypeOf('function');
  });
});
