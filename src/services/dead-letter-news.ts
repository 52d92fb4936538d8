import type { DetailsOf } from '../domain/audit-event.ts';
import { intakeChainId, isIncidentId, sha256Hex } from '../domain/ids.ts';
import { type Sentence, say } from '../domain/sentence.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { IncidentMessage, PublicationQueue } from './ports.ts';
import { WORKER } from './responders.ts';
import { TOLD_AGAIN_MS } from './return-dead-letters.ts';

type News = Extract<IncidentMessage, { kind: 'dead_letters' }>;
type Died = Extract<IncidentMessage, { kind: 'publication_died' }>;
type SetAside = DetailsOf<'MESSAGES_SET_ASIDE'>;

/** Puts on record, and so before people, what no function could handle. */
export class DeadLetterNews {
  readonly #deps: { record: IncidentRecord; publications: PublicationQueue };

  constructor(deps: { record: IncidentRecord; publications: PublicationQueue }) {
    this.#deps = deps;
  }

  /** Safe to repeat: the same news is one event. @returns its chain */
  async receive({ name, alerts, requests, others, stay, atMs }: News): Promise<string> {
    const details = { alerts, requests, others, publicationOf: null, stay };
    return this.#append({ name, atMs, details });
  }

  /**
   * Asks the publisher again for what it gave up on. Only ids are asked for, so the gate decides what
   * becomes of it. Safe to repeat.
   * @returns the chain that says so; undefined for an incident that there is not
   */
  async publicationDied(died: Died): Promise<string | undefined> {
    const { record, publications } = this.#deps;
    const { incidentId, draftId, revision, diedAtMs } = died;
    if (!isIncidentId(incidentId) || !(await record.exists(incidentId))) return undefined;
    const of = `${incidentId}#${draftId}#${revision}`;
    await publications.send({ incidentId, draftId, revision }, sha256Hex(`${of}#died#${diedAtMs}`));
    return this.#append({
      // One that dies again and again is said as often as what stays.
      name: `publication#${sha256Hex(of)}#${Math.floor(diedAtMs / TOLD_AGAIN_MS)}`,
      atMs: diedAtMs,
      details: { alerts: 0, requests: 0, others: 0, publicationOf: incidentId, stay: false },
    });
  }

  async #append(of: { name: string; atMs: number; details: SetAside }): Promise<string> {
    const incidentId = intakeChainId(new Date(of.atMs).toISOString());
    await this.#deps.record.run({
      incidentId,
      commandId: `set_aside#${of.name}`,
      actor: WORKER,
      decide: () => ({ append: 'MESSAGES_SET_ASIDE', details: of.details }),
    });
    return incidentId;
  }
}

/** What people read of it. */
export function setAsideLine({
  alerts,
  requests,
  others,
  publicationOf,
  stay,
}: SetAside): Sentence {
  if (publicationOf !== null) {
    return say`A publication that was approved could not be handled and was set aside. The publisher is asked again by itself; what was published is not published twice.`;
  }
  const many = alerts + requests + others;
  const what = say`${many} ${many === 1 ? 'message' : 'messages'} (alerts: ${alerts}, requests of people: ${requests}, work of this app: ${others})`;
  return stay
    ? say`${what} could not be handled in an hour of trying and stay set aside until somebody looks: nothing has been done about them. Look at your alert sources now, and tell whoever runs this app: the runbook's article is “incidents-dlq-not-empty”.`
    : say`${what} could not be handled and were set aside. They are tried again by themselves for the next half hour.`;
}
