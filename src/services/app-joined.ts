import { codeOf } from '../domain/errors.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { IncidentQueue, IncidentRows, Log } from './ports.ts';

/** The app was added to a channel. `eventSha256` tells Slack's repetitions of one event. */
export type AppJoined = { kind: 'app_joined'; channelId: string; eventSha256: string };

/**
 * The app is in a war room again: what was missed there is shown now, and not when the sweeper next
 * tries. Other channels are nothing to us. Safe to repeat.
 *
 * @returns false: it could not be enqueued, and Slack should say it again
 */
export async function appJoined(
  {
    queue,
    rows,
    log,
  }: { queue: IncidentQueue; rows: Pick<IncidentRows, 'incidentOfChannel'>; log: Log },
  { channelId, eventSha256 }: AppJoined,
): Promise<boolean> {
  try {
    const incidentId = await rows.incidentOfChannel(channelId);
    if (incidentId === undefined) return true;
    await queue.send(
      { kind: 'sweep', incidentId, isHurried: true },
      { group: `work#${incidentId}`, deduplicationId: sha256Hex(`joined#${eventSha256}`) },
    );
    return true;
  } catch (error) {
    log.count('SlackEventNotStored', { code: codeOf(error) });
    return false;
  }
}
