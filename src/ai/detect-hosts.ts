import { type Detector, digitCount, MASK, regex } from './identifier-detector.ts';

/** Host names: in URLs, after "host" or before a port, and by their own form. */
export const HOST_DETECTORS: readonly Detector[] = [
  {
    kind: 'host',
    pattern: /:\/\/(?<value>[^\s/?#:@"'<>‹›()[\],;|\uFFFC]{1,253})/dg,
    accept: (value) => value !== 'localhost',
  },
  // After a user and password that were replaced.
  { kind: 'host', pattern: new RegExp(`${MASK}@(?<value>[A-Za-z0-9._-]{1,253})`, 'dg') },
  {
    kind: 'host',
    pattern: /(?<![\p{L}\p{N}_.-])[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?/dgu,
    accept: isHost,
  },
  {
    kind: 'host',
    pattern: regex(
      'dgi',
      String.raw`\b(?:host|hostname|server|node|instance|machine|pod|vm|container|broker`,
      String.raw`|replica|shard|box)s?["']?(?:\s{0,2}[:=]\s{0,2}|\s{1,2})["'\x60]?`,
      String.raw`(?<value>[A-Za-z][A-Za-z0-9_-]{1,62})(?![\w.])`,
    ),
    accept: (value) => digitCount(value) > 0 && !isRegion(value) && !TECHNOLOGY.test(value),
  },
  {
    kind: 'host',
    pattern: regex(
      'dg',
      '(?<![A-Za-z0-9._-])(?<value>[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)+',
      String.raw`|[A-Za-z]{2,20}\d{1,4})(?=:\d{4,5}(?!\d))`,
    ),
  },
];

/** Technologies and versions that a sentence names after "server" or "node". */
const TECHNOLOGY = regex(
  'i',
  String.raw`^(?:https?[123]?|ipv[46]|tls.*|ssl.*|oauth2?|utf-?\d+|sha-?\d+|s3|ec2|k8s`,
  String.raw`|r53|l[47]|h[23]|p[1-5]|p\d\d|q[1-4]|v\d.*|x86.*|arm64|amd64|log4j\d?`,
  String.raw`|postgres\d*|php\d*|python\d*|mysql\d*|redis\d*|web3|[a-z]\d[a-z]?)$`,
);

/** Last labels that only exist inside a network. */
const INTERNAL_SUFFIXES = new Set(
  'internal local localdomain corp intra intranet lan svc private priv consul'.split(' '),
);
/** Top-level domains that make two labels a host. */
const TOP_LEVEL_DOMAINS = new Set(
  (
    'com net org io dev app cloud ai edu gov mil int info biz tech online site store shop xyz ' +
    'systems services network digital software solutions host website example test invalid ' +
    'eu uk de fr nl jp cn kr br au ca ch se fi dk cz gr hu ie il mx nz pt ro ru sg sk tr tw ua ' +
    'vn za ar cl hk th lt lv ee es lu bg hr rs si ae bank health'
  ).split(' '),
);
/** Top-level domains that are also English words or file endings: three labels make a host. */
const WORDLIKE_DOMAINS = new Set(
  'co in it is at be so no to me my us by am as do id ly sh pl cc tv gg fm page run live'.split(
    ' ',
  ),
);
/** Products whose names look like a host. */
const PRODUCT_NAMES = new Set(
  (
    'asp.net ado.net vb.net ml.net paint.net authorize.net socket.io status.io draw.io fly.io ' +
    'crates.io booking.com monday.com salesforce.com amazon.com hotels.com cal.com make.com'
  ).split(' '),
);
/** A label that makes three labels a host whatever the last one is. */
const INFRASTRUCTURE_LABEL =
  /^(?:prod|prd|production|stg|stage|staging|dev|qa|uat|svc|cluster|eks|ec2|rds|elb|compute)\d*$/;

function isHost(token: string): boolean {
  const labels = token.toLowerCase().split('.');
  if (labels.length === 1) return isMachineName(labels[0] as string);
  if (labels.some((label) => label === '') || labels.every((label) => label.length === 1)) {
    return false;
  }
  const written = token.slice(token.lastIndexOf('.') + 1);
  // "fixed.It" is a missing space, not Italy.
  if (written !== written.toLowerCase() && written !== written.toUpperCase()) return false;
  const last = labels.at(-1) as string;
  if (INTERNAL_SUFFIXES.has(last)) return true;
  if (/^\d+$/.test(last) || PRODUCT_NAMES.has(token.toLowerCase())) return false;
  if (TOP_LEVEL_DOMAINS.has(last) || last.startsWith('xn--')) return true;
  if (labels.length === 2) {
    return isMachineName(labels[0] as string) && !/^(?:js|ts|py|json|ya?ml|md|txt|log)$/.test(last);
  }
  return WORDLIKE_DOMAINS.has(last) || labels.some((label) => INFRASTRUCTURE_LABEL.test(label));
}

/** Single labels that are machines: pods, `ip-10-0-3-7`, `db-prod-01`. */
function isMachineName(label: string): boolean {
  if (isRegion(label)) return false;
  const octets = /^[a-z]+-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})$/.exec(label)?.slice(1);
  if (octets?.every((octet) => Number(octet) <= 255)) return true;
  if (/^[a-z]{2,}(?:-[a-z]+)*-0\d$/.test(label)) return true;
  const segments = label.split('-');
  const [hash = '', suffix = ''] = segments.slice(-2);
  if (
    segments.length >= 3 &&
    /^[a-f0-9]{8,10}$/.test(hash) &&
    /^[a-z0-9]{5}$/.test(suffix) &&
    digitCount(hash) > 0
  ) {
    return true;
  }
  const numbered = /\d{1,4}[a-z]?$/.test(segments.at(-1) as string);
  const named = segments.slice(0, -1).some((segment) => /[a-z]{2,}/.test(segment));
  return (
    numbered &&
    named &&
    segments.some((segment) => /^(?:prod|prd|stg|staging|qa|uat)\d*$/.test(segment))
  );
}

/** Cloud regions and zones are public names: `eu-west-1`, `us-east-1a`, `prod-eu-west-1`. */
function isRegion(label: string): boolean {
  return regex(
    'i',
    '(?:^|-)(?:us|eu|ap|sa|ca|me|af|il|mx|cn|gov|asia|europe)-(?:gov-)?(?:north',
    String.raw`|south|east|west|central|northeast|northwest|southeast|southwest)-?\d[a-z]?$`,
  ).test(label);
}
