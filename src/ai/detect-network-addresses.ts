import { isIPv6 } from 'node:net';
import { type Detector, type DetectorContext, digitCount, regex } from './identifier-detector.ts';

/** ARNs, e-mail addresses, Slack mentions, IP and MAC addresses. */
export const ADDRESS_DETECTORS: readonly Detector[] = [
  { kind: 'arn', pattern: /\barn:aws[a-z-]{0,12}:[^\s"'<>‹›,;)\]}\uFFFC]+/dgi },
  // Quoted local parts, `%40` for `@`, any script, single-label hosts that end in a number.
  {
    kind: 'email',
    pattern: regex(
      'dgu',
      String.raw`(?:"[^"\n\uFFFC]{1,64}"|[\p{L}\p{N}._%+'-]{1,64})(?:@|%40)(?:`,
      String.raw`(?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,8}\p{L}{2,24}|localhost|\[?\d{1,3}`,
      String.raw`(?:\.\d{1,3}){3}\]?|(?!v\d)[a-z][a-z0-9-]{0,62}\d(?![\w.]))`,
    ),
  },
  // `alice (at) example (dot) com`
  {
    kind: 'email',
    pattern: regex(
      'dgi',
      String.raw`[\w.+-]{1,64} ?[[(] ?at ?[\])] ?[\w-]{1,63}(?:(?:\.| ?[[(] ?dot ?[\])] ?`,
      String.raw`| dot )[\w-]{2,24}){1,4}`,
    ),
  },
  // `<@U012AB3CD|maya>`, `<#C012AB3CD|general>`, `<!subteam^S012AB3CD>`, with either bracket.
  {
    kind: 'slack',
    pattern: /[<‹](?:@|#|!subteam\^)[A-Z0-9]{6,16}(?:\|[^\n<>‹›\uFFFC]{0,80})?[>›]/dg,
  },
  {
    kind: 'mac',
    pattern: /(?<![0-9A-Fa-f:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![0-9A-Fa-f:-])/dg,
  },
  {
    kind: 'ip',
    pattern: regex(
      'dg',
      '(?<![A-Za-z0-9:.])(?:[0-9A-Fa-f]{0,4}:){2,8}[0-9A-Fa-f.]{0,15}',
      String.raw`(?:%[A-Za-z0-9]{1,16})?(?:\/\d{1,3})?`,
    ),
    accept: (value) => /[0-9A-Fa-f]/.test(value) && isIPv6(value.replace(/[%/].*$/, '')),
  },
  {
    kind: 'ip',
    pattern: /(?<![\d.])\d{1,3}(?:(?:\.|\[\.\]|\(\.\))\d{1,3}){3}(?:\/\d{1,2})?(?!\d|\.\d)/dg,
    accept: isIpv4,
  },
];

/** Slack ids outside of mentions. After customer ids, which are more precise. */
export const SLACK_ID_DETECTOR: Detector = {
  kind: 'slack',
  pattern: /(?<![A-Za-z0-9_-])[UWCDGTBSEF][A-Z0-9]{7,11}(?![A-Za-z0-9_-])/dg,
  accept: (value) => digitCount(value) >= 1 && !/^[A-Z]{3,}\d{1,4}$/.test(value),
};

function isIpv4(value: string, { before }: DetectorContext): boolean {
  const octets = value
    .replace(/\/.*$/, '')
    .replace(/[[\]()]/g, '')
    .split('.')
    .map(Number);
  if (octets.some((octet) => octet > 255)) return false;
  // Four-part versions exist ("version 4.18.2.1"); private ranges are addresses all the same.
  const [first, second = 0] = octets;
  const isPrivate =
    first === 10 ||
    first === 127 ||
    (first === 192 && second === 168) ||
    (first === 172 && second >= 16 && second <= 31);
  return isPrivate || !/(?:version|release|build|firmware|\bv)\s?$/i.test(before);
}
