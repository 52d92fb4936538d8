import type { AlertInGroup, AlertSignal } from '../domain/alert-signal.ts';
import type { DetailsOf } from '../domain/audit-event.ts';
import { cutText } from '../domain/well-formed.ts';
import type { RosterEntry } from './ports.ts';

export type AlertDetails = DetailsOf<'ALERT_RECEIVED'>;

/** The schema's limit. Unit: UTF-16 units. */
const ALERT_TITLE_MAX = 1_000;
/** Room for the alerts of one group in an event; an item of the table holds 400 KB. Unit: bytes. */
const ALERTS_MAX_BYTES = 240_000;

/** How far a signal was checked with its source, and how it came to us. */
export type AlertMarks = Pick<AlertDetails, 'confirmed' | 'unconfirmedBecause' | 'foundBy'>;

/** How one signal came: in a delivery, or by asking its source. */
export type Delivery = {
  requestId: string;
  receivedAtMs: number;
  rawSha256: string;
  truncated: boolean;
  marks?: AlertMarks;
};

/** What an event keeps of one delivery: bounded in size, and without anybody's address. */
export function alertDetails(
  signal: AlertSignal,
  message: Pick<Delivery, 'rawSha256' | 'truncated' | 'marks'>,
): AlertDetails {
  const alerts = fitAlerts(signal.alerts);
  return {
    source: signal.source,
    group: signal.group,
    rawType: signal.rawType,
    occurredAt: signal.occurredAt,
    title: cutText(signal.title, ALERT_TITLE_MAX),
    groupState: signal.groupState,
    by: signal.by && { id: signal.by.id, username: withoutAddress(signal.by.username) },
    ...(signal.until === undefined ? {} : { until: signal.until }),
    link: signal.link,
    alerts,
    ...(signal.notShown === undefined ? {} : { notShown: signal.notShown }),
    ...message.marks,
    rawSha256: message.rawSha256,
    truncated: message.truncated || alerts.length < signal.alerts.length,
  };
}

/** As many of a group's alerts as an event holds; long titles are cut before an alert is left out. */
function fitAlerts(alerts: readonly AlertInGroup[]): AlertInGroup[] {
  const whole = [...alerts];
  if (bytesOf(whole) <= ALERTS_MAX_BYTES) return whole;
  const cut = whole.map((alert) => ({ ...alert, title: cutText(alert.title, 120) }));
  while (bytesOf(cut) > ALERTS_MAX_BYTES) cut.pop();
  return cut;
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Everyone that a delivery names, as they are looked for when people are invited. */
export function rosterOf({ source, people, by }: AlertSignal): RosterEntry[] {
  return [...people, ...(by ? [by] : [])].map(({ email, username }) => ({
    email,
    reference: withoutAddress(username),
    source,
  }));
}

/** Many sources use addresses as user names, and events hold none. */
export function withoutAddress(username: string): string {
  const [name = '', host = '', ...more] = username.split('@');
  // A dot that neither begins nor ends the host; looked for by index, as the text is of any length.
  const isHost = host.slice(1, -1).includes('.');
  return name !== '' && isHost && more.length === 0 && !/\s/.test(username) ? name : username;
}
