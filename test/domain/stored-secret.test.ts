import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storedSecret } from '../../src/domain/stored-secret.ts';

const WHSEC = 'whsec_BwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSY=';

describe('storedSecret()', () => {
  it.each([
    ['as it is', 's3cr3t', 's3cr3t'],
    ['with a line break behind it', 's3cr3t\n', 's3cr3t'],
    ['with a line break of Windows', 's3cr3t\r\n', 's3cr3t'],
    ['with spaces and a tab around it', ' \ts3cr3t ', 's3cr3t'],
    ['with a byte order mark', '\ufeffs3cr3t', 's3cr3t'],
    ['with a zero-width space behind it', 's3cr3t\u200b', 's3cr3t'],
    ['in quotation marks', '"s3cr3t"', 's3cr3t'],
    ['in quotation marks, with a line break in and behind them', '"s3cr3t\n"\n', 's3cr3t'],
    ['in apostrophes', "'s3cr3t'", 's3cr3t'],
    ['in curled quotation marks', '“s3cr3t”', 's3cr3t'],
    ['behind the word Bearer', 'Bearer s3cr3t', 's3cr3t'],
    ['as key and value', '{"secret":"s3cr3t"}', 's3cr3t'],
    ['as key and value, any key', '{ "grafana-irm": " s3cr3t\\n" }\n', 's3cr3t'],
    ['as a key of Standard Webhooks', `{"value":"${WHSEC}"}`, WHSEC],
    ['with spaces and quotes inside', `correct "horse" bat'tery`, `correct "horse" bat'tery`],
    ['with letters of other alphabets', 'пароль', 'пароль'],
  ])('reads one stored %s', (_name, stored, secret) => {
    expect(storedSecret(stored)).toBe(secret);
  });

  it.each([
    ['nothing', ''],
    ['white space alone', ' \n'],
    ['quotation marks around nothing', '""'],
    ['two lines', 'old\nnew'],
    ['a key in PEM', '-----BEGIN KEY-----\nabc\n-----END KEY-----\n'],
    ['a character that nobody sees inside', 's3c\u200br3t'],
    ['half a pair of quotation marks', '"s3cr3t'],
    ['the other half', 's3cr3t”'],
    ['two pairs of quotation marks', '""s3cr3t""'],
    ['several keys', '{"username":"u","password":"s3cr3t"}'],
    ['no key', '{}'],
    ['a value that is no text', '{"secret":7}'],
    ['an empty value', '{"secret":""}'],
    ['an object in an object', '{"secret":"{}"}'],
    ['a list', '["s3cr3t"]'],
    ['JSON that breaks off', '{"secret":"s3cr3t'],
  ])('cannot tell the secret in %s', (_name, stored) => {
    expect(storedSecret(stored)).toBeUndefined();
  });

  it('takes every token of ours as it is, and what it read once again', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9_+/=.-]{1,80}$/);
    fc.assert(fc.property(token, (text) => storedSecret(text) === text));
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const once = storedSecret(text);
        if (once === undefined || /^Bearer /i.test(once)) return;
        expect(storedSecret(once)).toBe(
          /^(["'“]).*(["'”])$/.test(once) ? storedSecret(once) : once,
        );
      }),
    );
  });
});
