import { isDeepStrictEqual } from 'node:util';
import { parseSlackRequest } from '../../src/adapters/slack/parse-request.ts';
import {
  ALERT_PATHS,
  type AlertPath,
  essentialParts,
  readAlert,
} from '../../src/domain/alerts/alert-paths.ts';
import { DETAILS_SCHEMAS } from '../../src/domain/event-details.ts';
import { SLACK_PATHS } from '../../src/handlers/slack-ingress.ts';
import { alertDetails } from '../../src/services/alert-details.ts';
import { validateForm } from '../../src/services/validate-form.ts';
import { wantedForm } from '../../src/services/wanted-form.ts';
import { bodyFor } from './cases.ts';
import type { Random } from './random.ts';

/** One body for one reader. */
export type ReaderCase = { path: string; type: string; body: Buffer };

/** Makes the body that these choices lead to. */
export function makeReaderCase(random: Random): ReaderCase {
  const path = random.pick([...ALERT_PATHS, ...SLACK_PATHS]);
  const { bytes, type } = bodyFor(path, random);
  return { path, type, body: bytes };
}

/**
 * Reads one body as the functions behind the queue would.
 *
 * An alert becomes a valid event and survives being cut down to its parts; a request of Slack is
 * looked at for its form and its mistakes. Nothing throws.
 * @returns what is wrong, or undefined, and how it was read
 */
export function checkReader(one: ReaderCase): { finding?: string; mark: string } {
  const read = one.path.startsWith('/slack/') ? checkSlack : checkAlert;
  try {
    return read(one);
  } catch (error) {
    return { finding: `threw ${error instanceof Error ? error.stack : error}`, mark: 'threw' };
  }
}

function checkAlert({ path, body }: ReaderCase): { finding?: string; mark: string } {
  const alertPath = path as AlertPath;
  const read = readAlert(alertPath, body);
  if (read.kind === 'unreadable') return { mark: `${path} ${read.reason}` };
  const { signal } = read;
  const mark = [path, signal.kind, signal.groupState, signal.hasStoredTime, !!signal.notShown];
  const details = alertDetails(signal, { rawSha256: 'a'.repeat(64), truncated: false });
  const event = DETAILS_SCHEMAS.ALERT_RECEIVED.safeParse(details);
  if (!event.success) {
    return { finding: `no valid event: ${event.error.message}`, mark: mark.join(' ') };
  }
  if (!JSON.stringify(details).isWellFormed()) {
    return { finding: 'an event that is not well-formed', mark: mark.join(' ') };
  }
  const parts = essentialParts(alertPath, signal, body);
  const again = readAlert(alertPath, parts);
  const isSame = again.kind === 'signal' && isDeepStrictEqual(again.signal, signal);
  return { ...(isSame ? {} : { finding: 'its parts read otherwise' }), mark: mark.join(' ') };
}

function checkSlack({ path, type, body }: ReaderCase): { finding?: string; mark: string } {
  const headers = { 'x-slack-request-timestamp': '1773480430', 'content-type': type };
  const read = parseSlackRequest(headers, body.toString('utf8'));
  if (read.kind === 'unreadable') return { mark: `${path} ${read.reason}` };
  if (read.kind === 'ping') return { mark: `${path} ping ${read.challenge === null}` };
  if (read.kind === 'app_joined') return { mark: `${path} ${read.kind}` };
  const wanted = wantedForm(read)?.kind ?? 'none';
  if (read.kind !== 'submit') return { mark: `${path} ${read.kind} ${wanted}` };
  const wrong = Object.keys(validateForm(read, [{ id: 'c1', name: 'Checkout' }]));
  return { mark: `${path} ${read.form} ${wrong.length > 0}` };
}
