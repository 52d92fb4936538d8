import { type Detector, type DetectorContext, digitCount, regex } from './identifier-detector.ts';

/** Secrets that are known by their form or by the word in front of them. */
export const SECRET_DETECTORS: readonly Detector[] = [
  // Keys and certificates. One that was cut off runs to the end of the text.
  {
    kind: 'secret',
    pattern: /-----BEGIN [A-Z0-9 ]{1,40}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/dg,
  },
  // Slack incoming webhooks: the path is the secret.
  { kind: 'secret', pattern: /https:\/\/hooks\.slack(?:-gov)?\.com\/[^\s"'<>‹›|\uFFFC]+/dgi },
  // `user:password@` in a URL or connection string; the password may hold `@` or `/`.
  {
    kind: 'secret',
    pattern: regex(
      'dg',
      String.raw`:\/\/(?<value>[^\s/"'<>‹›\uFFFC]{1,256}`,
      String.raw`|[^\s/@:"'<>‹›\uFFFC]{0,128}:[^\s@"'<>‹›\uFFFC]{1,256})(?=@)`,
    ),
  },
  {
    kind: 'secret',
    pattern: regex(
      'dgi',
      String.raw`\bauthorization["']?\s{0,2}[:=]\s{0,2}["']?(?<value>`,
      String.raw`(?<scheme>[a-z0-9-]{3,20}\s{1,2})?[^\s"',;<>‹›\uFFFC]+)`,
    ),
    accept: (value, { groups }) => isAuthScheme(groups.scheme) || isSecretLike(value),
  },
  {
    kind: 'secret',
    pattern: /\b(?:bearer|basic)\s{1,3}(?<value>[A-Za-z0-9._~+/=-]{8,})/dgi,
    accept: (value) => isSecretLike(value),
  },
  // JSON Web Tokens, signed or encrypted.
  { kind: 'secret', pattern: /eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,4}/dg },
  // AWS access key ids and other unique ids. See IAM identifiers.
  {
    kind: 'secret',
    pattern: regex(
      'dg',
      '(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AIPA|ANPA|ANVA|APKA|AROA',
      '|ASCA)[A-Z0-9]{12,}',
    ),
  },
  // Slack tokens.
  {
    kind: 'secret',
    pattern: /(?<![A-Za-z0-9])(?:xox[a-z](?:\.xox[a-z])?|xapp|xwfp)-[A-Za-z0-9-]{8,}/dgi,
  },
  // Tokens whose issuer gave them a prefix, so that they can be found.
  {
    kind: 'secret',
    pattern: regex(
      'dg',
      '(?<![A-Za-z0-9])(?:gh[opsur]_|github_pat_|glpat-|gldt-|glsa_|glc_|[srp]k_',
      String.raw`(?:live|test)_|whsec_|sk-(?:ant-|proj-)?|npm_|pypi-|dop_v1_|hf_|hv[sb]\.|shp`,
      String.raw`(?:at|ss|ca|pa)_|xkeysib-|PMAK-|ATATT|ya29\.|dapi|SG\.|rubygems_|lin_api_`,
      '|pul-|sq0[a-z]{3}-|EAACEdEose0cBA|AGE-SECRET-KEY-)[A-Za-z0-9_.=-]{12,}',
    ),
    accept: (value) => digitCount(value) > 0,
  },
  { kind: 'secret', pattern: /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{30,}/dg },
  // `--password hunter2`, `-u user:password`.
  {
    kind: 'secret',
    pattern:
      /(?<!\S)--?(?:password|passwd|token|secret|api-?key)[ =]["']?(?<value>[^\s"'\uFFFC]+)/dgi,
  },
  {
    kind: 'secret',
    pattern: /(?<!\S)(?:-u|--user)\s{1,2}["']?(?<value>[^\s:"'\uFFFC]+:[^\s"'\uFFFC]+)/dg,
  },
  // `password=hunter2`, `"apiKey": "…"`, `client_secret: …`.
  {
    kind: 'secret',
    pattern: regex(
      'dgi',
      '(?<key>passw(?:or)?d|passphrase|passcode|pwd|secret|api[_ -]?key|(?:access',
      '|private|signing|encryption|auth|shared|account|master|storage)[_-]?key',
      '|token|credentials?|session[_-]?id|sessionid|jsessionid',
      String.raw`|connection[_ -]?string|cookie|signature|\bsig|\botp`,
      String.raw`|\bpin)[A-Za-z0-9_-]{0,20}["'\x60]?(?<sep>\s{0,3}(?:=>|:=|==?|:)\s{0,3})`,
      String.raw`(?<value>"[^"\n\uFFFC]{1,512}"|'[^'\n\uFFFC]{1,512}'`,
      String.raw`|\x60[^\x60\n\uFFFC]{1,512}\x60|(?:[^\s"',;&<>‹›)\uFFFC]|,(?=[^\s\uFFFC]))+)`,
    ),
    accept: isKeyedSecret,
  },
  // `the password is hunter2`, `token was rotated to …`.
  {
    kind: 'secret',
    pattern: regex(
      'dgi',
      String.raw`\b(?<key>password|passphrase|passcode|pin|otp|secret|token|api key`,
      '|access key|credentials?)s?(?<link>(?: (?:is|was|are|to|of|set to|changed to',
      String.raw`|rotated to)){0,2}) ["'\x60]?(?<value>[^\s"'\x60,;<>‹›)\uFFFC]{4,})`,
    ),
    accept: isSpokenSecret,
  },
];

/** Long tokens that no word list explains. Last, because everything else is more precise. */
export const RANDOM_TOKEN_DETECTORS: readonly Detector[] = [
  { kind: 'secret', pattern: /(?<![A-Za-z0-9])[0-9a-f]{32,}(?![A-Za-z0-9])/dgi },
  {
    kind: 'secret',
    pattern: /[A-Za-z0-9+/_=-]{20,}/dg,
    accept: (value) => oddCharCount(value) >= 16,
  },
];

/** Schemes after which the rest of an Authorization header is a credential. */
function isAuthScheme(scheme: string | undefined): boolean {
  return /^(?:bearer|basic|token|digest|apikey|negotiate|hawk|oauth|aws4-hmac-sha256)\s/i.test(
    scheme ?? '',
  );
}

/** Words of prose are letters with at most a leading capital; secrets are not. */
function isSecretLike(value: string): boolean {
  if (/=$/.test(value) || digitCount(value) >= 2) return true;
  return (value.match(/[a-z0-9][A-Z]/g) ?? []).length >= 2;
}

function isKeyedSecret(value: string, context: DetectorContext): boolean {
  const separator = context.groups.sep ?? '';
  if (/^["'`]/.test(value)) return value.length > 4;
  if (separator.includes('=') || separator === ':') return value.length >= 3;
  // After `: ` an ordinary sentence may follow ("Password: resets are slow").
  if (/^\d{1,3}%?$|^\d{1,2}:\d\d|^\d+(?:\.\d+)+$|^https?:/.test(value)) return false;
  if (/\d/.test(value) || /[a-z][A-Z]|[!@#$%^*+=~]/.test(value)) return value.length >= 4;
  if (/^(?:operational|degraded|resolved|restored|recovered|(?:un)?available)$/i.test(value)) {
    return false;
  }
  const endsHere = /^[.!]?(?:\s*$|\n| [A-Z])|^[,;)]/.test(context.after);
  const key = context.groups.key ?? '';
  const minChars = /^(?:passwd|pwd)$/i.test(key) ? 4 : 8;
  return value.length >= minChars && /pass|pwd|secret/i.test(key) && endsHere;
}

function isSpokenSecret(value: string, { groups }: DetectorContext): boolean {
  if (/^\d+$/.test(value)) return /pin|otp|passcode/i.test(groups.key ?? '');
  // Versions, percentages, times, dates and ordinals are talk about secrets, not secrets.
  if (/^v?\d+(?:[.:/%-]\d*)*(?:st|nd|rd|th|ms|s|h|m|x+|%)?$/i.test(value)) return false;
  if (/[a-z][!$^*=][A-Za-z0-9]/.test(value)) return true;
  if (!/[A-Za-z]/.test(value) || !/\d/.test(value)) return false;
  // "token OAuth2" names a technology; "password is hunter2" does not.
  if (!/^[A-Za-z]+-?\d{1,2}$/.test(value)) return true;
  return groups.link !== '' && /^[a-z]/.test(value) && value.length >= 6;
}

/** Characters in segments that are neither words, numbers nor words with a number at the end. */
function oddCharCount(token: string): number {
  return token
    .split(/[-_/+=]+/)
    .filter((segment) => !isWordy(segment))
    .reduce((sum, segment) => sum + segment.length, 0);
}

function isWordy(segment: string): boolean {
  if (/^\d{0,10}$/.test(segment)) return true;
  const letters = /^([A-Za-z]+)\d{0,4}$/.exec(segment)?.[1];
  if (letters === undefined) return false;
  const humps = letters.split(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/);
  return letters.length / humps.length >= 3.5 || humps.length <= 2;
}
