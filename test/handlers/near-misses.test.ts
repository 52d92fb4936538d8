import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALERT_PATHS, ALERT_ROUTES, type AlertPath } from '../../src/domain/alerts/alert-paths.ts';
import type { Scheme } from '../../src/domain/alerts/senders/sender.ts';
import type { HttpEvent } from '../../src/handlers/http.ts';
import { secretKeyOf, signDelivery } from '../../src/local/sign-alert.ts';
import { DELIVERIES, eventOf, FIXTURE_SECRETS, startIngress } from './ingress.ts';

/*
 * Everything that almost proves who sends, on every path there is. The paths come from the registry
 * and the schemes from its type, so a new sender is in here before anybody remembers to add it.
 */

/** Where a scheme's proof stands. */
type Shape = {
  /** The header that holds it. */
  proof: string;
  coversBody: boolean;
  /** The header with the signed time. */
  time?: string;
  /** Where in the proof the signed time stands, if there. */
  timeInProof?: RegExp;
  /** The header with the signed id. */
  id?: string;
};
const SHAPES: Readonly<Record<Scheme, Shape>> = {
  'body-hmac': { proof: 'x-grafana-oncall-signature', coversBody: true },
  bearer: { proof: 'authorization', coversBody: false },
  'grafana-alerting': {
    proof: 'x-grafana-alerting-signature',
    coversBody: true,
    time: 'x-grafana-alerting-timestamp',
  },
  'standard-webhooks': {
    proof: 'webhook-signature',
    coversBody: true,
    time: 'webhook-timestamp',
    id: 'webhook-id',
  },
  pagerduty: { proof: 'x-pagerduty-signature', coversBody: true },
  'gi-signature': { proof: 'gi-signature', coversBody: true, timeInProof: /(?<=t=)\d+/ },
};

const AT_S = 1_773_480_430;
const bodyOf = (path: AlertPath): Buffer =>
  DELIVERIES.find((delivery) => delivery.path === path && !delivery.untimed)!.body;

/** A delivery signed as its path demands, but for what is given. */
function signed(path: AlertPath, of: { body?: Buffer; atS?: number; secret?: string } = {}) {
  const secret = of.secret ?? FIXTURE_SECRETS[secretKeyOf(path)];
  const body = of.body ?? bodyOf(path);
  return {
    path,
    body,
    headers: signDelivery(path, { secret, body, nowMs: (of.atS ?? AT_S) * 1000 }),
  };
}

const lookAlike = (text: string): string =>
  text.replace(/[a-z]/, (letter) => ({ a: 'а', c: 'с', e: 'е' })[letter] ?? `${letter}\u200b`);
const fullWidth = (text: string): string =>
  text.replace(/\d/, (digit) => String.fromCharCode(0xff10 + Number(digit)));
/** Another letter or digit in the last place that is one. */
const oneChanged = (text: string): string =>
  text.replace(/[0-9a-zA-Z](?=[^0-9a-zA-Z]*$)/, (last) => (last === '0' ? '1' : '0'));

/** What can be done to a header's value that leaves it almost right. */
const VALUES: Readonly<Record<string, (value: string) => string | undefined>> = {
  absent: () => undefined,
  empty: () => '',
  'a space alone': () => ' ',
  'in upper case': (value) => value.toUpperCase(),
  'in lower case': (value) => value.toLowerCase(),
  'with one character changed': oneChanged,
  'cut by one character': (value) => value.slice(0, -1),
  'cut to half': (value) => value.slice(0, value.length / 2),
  'with a character behind it': (value) => `${value}0`,
  'with a space behind it': (value) => `${value} `,
  'with a space before it': (value) => ` ${value}`,
  'with a line break behind it': (value) => `${value}\n`,
  'with a tab inside': (value) => `${value.slice(0, 9)}\t${value.slice(9)}`,
  'with a NUL behind it': (value) => `${value}\0`,
  'sent twice, as the gateway joins it': (value) => `${value},${value}`,
  'sent twice, as a proxy joins it': (value) => `${value}, ${value}`,
  'in quotation marks': (value) => `"${value}"`,
  'percent-encoded': (value) => `%${value.charCodeAt(0).toString(16)}${value.slice(1)}`,
  'with a letter that looks alike': lookAlike,
  'with a digit of full width': fullWidth,
  'with a byte order mark': (value) => `\ufeff${value}`,
};

const TIMES: Readonly<Record<string, (value: string) => string>> = {
  'in milliseconds': (value) => `${value}000`,
  'with a sign': (value) => `+${value}`,
  'with a fraction': (value) => `${value}.0`,
  'in hexadecimal': (value) => `0x${Number(value).toString(16)}`,
  'with a leading zero': (value) => `0${value}`,
  'one second later': (value) => String(Number(value) + 1),
  negative: (value) => `-${value}`,
  'as a date': (value) => new Date(Number(value) * 1000).toISOString(),
  'in Arabic digits': (value) =>
    value.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit))),
};

const BODIES: Readonly<Record<string, (body: Buffer) => Partial<HttpEvent>>> = {
  'parsed and written again': (body) => {
    const again = JSON.stringify(JSON.parse(body.toString()));
    // Some senders write JSON as this language does; then indented is the re-serialised form.
    const same = again === body.toString();
    return { body: same ? JSON.stringify(JSON.parse(again), null, 2) : again };
  },
  'with its keys in another order': (body) => {
    const entries = Object.entries(JSON.parse(body.toString()));
    return { body: `${JSON.stringify(Object.fromEntries(entries.reverse()))} ` };
  },
  'with a line break behind it': (body) => ({ body: `${body}\n` }),
  'with a space behind it': (body) => ({ body: `${body} ` }),
  'with a NUL behind it': (body) => ({ body: `${body}\0` }),
  'with a byte order mark': (body) => ({ body: `\ufeff${body}` }),
  'cut by one byte': (body) => ({ body: body.subarray(0, -1).toString() }),
  'with one byte changed': (body) => ({ body: body.toString().replace('e', 'f') }),
  empty: () => ({ body: '' }),
  absent: () => ({ body: undefined as never }),
  'as base64 text that is not declared so': (body) => ({ body: body.toString('base64') }),
  'declared base64 but plain': (body) => ({ body: body.toString(), isBase64Encoded: true }),
  'base64 twice': (body) => ({
    body: Buffer.from(body.toString('base64')).toString('base64'),
    isBase64Encoded: true,
  }),
  'percent-encoded': (body) => ({ body: encodeURIComponent(body.toString()) }),
  'read as Latin-1': (body) => ({ body: `${body.toString('latin1')}é` }),
};

let ingress: Awaited<ReturnType<typeof startIngress>>;
beforeAll(async () => {
  ingress = await startIngress();
});
afterAll(() => ingress.close());
beforeEach(() => {
  ingress.aws.board.clearCalls();
  ingress.counted.length = 0;
});

async function expectRefused(event: HttpEvent, atS = AT_S): Promise<void> {
  const answer = await ingress.at(atS, event);
  expect(answer).toMatchObject({ statusCode: 401, body: '{"error":"not authenticated"}' });
  expect(ingress.writes()).toEqual([]);
  expect(ingress.counted).toHaveLength(1);
  expect(ingress.counted[0]![0]).toBe('WebhookRefused');
}

describe.each(ALERT_PATHS)('%s', (path) => {
  const { scheme } = ALERT_ROUTES[path];
  const shape = SHAPES[scheme];

  it('accepts what is right, so that what follows is refused for its one fault', async () => {
    expect((await ingress.at(AT_S, eventOf(signed(path)))).statusCode).toBe(202);
    expect(ingress.writes()).toEqual([['sqs:SendMessage', 1]]);
  });

  describe('refuses a proof', () => {
    const { headers } = signed(path);
    const value = headers[shape.proof]!;
    const changed = Object.entries(VALUES)
      .map(([name, change]) => [name, change(value)] as const)
      // A hex signature has no upper case to lose, and a token may have none either.
      .filter(([, given]) => given !== value)
      // The word before a token is written in any case (RFC 9110, 11.1), and a hex token in this.
      .filter(([name]) => scheme !== 'bearer' || name !== 'in lower case');

    it.each(changed)('%s', async (_name, given) => {
      const event = eventOf({ ...signed(path), headers: { ...headers, [shape.proof]: given! } });
      await expectRefused(event);
    });

    const others = ALERT_PATHS.filter((other) => other !== path);
    it.each(others)('made with the secret of %s', async (other) => {
      const secret = FIXTURE_SECRETS[secretKeyOf(other)];
      await expectRefused(eventOf(signed(path, { secret })));
    });

    it.each(others)('that is right on %s', async (other) => {
      const { headers: theirs } = signed(other, { body: bodyOf(path) });
      await expectRefused(eventOf({ ...signed(path), headers: theirs }));
    });

    it('under a header’s name with something added', async () => {
      const renamed = { ...headers, [shape.proof]: undefined, [`x-${shape.proof}`]: value };
      await expectRefused(eventOf({ ...signed(path), headers: renamed as never }));
    });
  });

  const bodies = shape.coversBody ? Object.entries(BODIES) : [];
  it.each(bodies)('refuses its body %s', async (_name, change) => {
    await expectRefused(eventOf(signed(path), change(bodyOf(path))));
  });

  if (!shape.coversBody) {
    it('proves who speaks and not what is said: another body is taken, and kept', async () => {
      const event = eventOf(signed(path), { body: bodyOf(path).toString('base64') });
      const answer = await ingress.at(AT_S, event);
      expect(answer).toMatchObject({ statusCode: 202, body: '{"result":"quarantined"}' });
    });
  }

  const { time, timeInProof, id } = shape;
  if (time || timeInProof) {
    it.each([-301, 301, -86_400, 86_400])('refuses what was signed %i s from now', async (offS) => {
      await expectRefused(eventOf(signed(path, { atS: AT_S + offS })));
    });

    it.each([-300, -1, 1, 300])('accepts what was signed %i s from now', async (offS) => {
      const event = eventOf(signed(path, { atS: AT_S + offS }));
      expect((await ingress.at(AT_S, event)).statusCode).toBe(202);
    });

    const { headers } = signed(path);
    const header = time ?? shape.proof;
    const value = headers[header]!;
    const part = timeInProof ? timeInProof.exec(value)![0] : value;
    const all = { ...VALUES, ...TIMES };
    const changed = Object.entries(all)
      .map(([name, change]) => [name, change(part)] as const)
      .filter(([, given]) => given !== part)
      .map(([name, given]) => [name, given && value.replace(part, given)] as const);
    it.each(changed)('refuses a time %s', async (_name, given) => {
      const event = eventOf({ ...signed(path), headers: { ...headers, [header]: given! } });
      await expectRefused(event);
    });
  } else {
    it('has no signed time: it is the same request a day later', async () => {
      expect((await ingress.at(AT_S + 86_400, eventOf(signed(path)))).statusCode).toBe(202);
    });
  }

  if (id) {
    const { headers } = signed(path);
    const changed = Object.entries(VALUES)
      .map(([name, change]) => [name, change(headers[id]!)] as const)
      .filter(([, given]) => given !== headers[id]);
    it.each(changed)('refuses an id %s', async (_name, given) => {
      await expectRefused(eventOf({ ...signed(path), headers: { ...headers, [id]: given! } }));
    });
  }
});
