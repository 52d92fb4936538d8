/** Quotation marks that a shell, an editor or a chat puts around what was copied. */
const QUOTED = /^(?:"([^"]*)"|'([^']*)'|“([^“”]*)”)$/;
const A_QUOTE = /^["'“”]|["'“”]$/;
/** What no secret has inside: line breaks, other controls, characters that nobody sees. */
const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
const HIDDEN_AT_EDGES = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu;

/**
 * The secret in a stored text, as far as there is one way to read it: without white space at its
 * ends, without one pair of quotation marks around it, without `Bearer` before it, or the one value
 * of Secrets Manager's key/value form.
 *
 * @returns undefined when it is empty, or can be read in more than one way; nothing of it may then
 *   stand in an error or a log
 */
export function storedSecret(stored: string): string | undefined {
  const text = stored.replace(HIDDEN_AT_EDGES, '');
  if (!/^[{[]/.test(text)) return plainSecret(text);
  const value = onlyValueOf(text);
  return value === undefined ? undefined : plainSecret(value.replace(HIDDEN_AT_EDGES, ''));
}

function plainSecret(text: string): string | undefined {
  const [, ...insides] = QUOTED.exec(text) ?? [];
  const inside = insides.find((each) => each !== undefined) ?? text;
  const secret = inside.replace(HIDDEN_AT_EDGES, '').replace(/^Bearer +/i, '');
  if (secret === '' || HIDDEN.test(secret)) return undefined;
  // Half of a pair, an object in an object, or a secret that begins so: nobody can tell.
  return A_QUOTE.test(secret) || /^[{[]/.test(secret) ? undefined : secret;
}

function onlyValueOf(json: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    const [value, ...others] = Object.values(parsed);
    return others.length === 0 && typeof value === 'string' ? value : undefined;
  } catch {
    return undefined; // The parser's message would quote the secret.
  }
}
