import type { ApprovalTimes } from '../domain/escalation.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { nextAsk, obligationStep, openOnPage } from '../domain/obligation.ts';
import type { Decision, IncidentRecord } from './incident-record.ts';
import type { Clock, Log } from './ports.ts';
import { WORKER } from './responders.ts';

export type ObligationsDeps = {
  record: IncidentRecord;
  clock: Clock;
  log: Log;
  times: ApprovalTimes;
};

/**
 * Sees to it that a page which contradicts the record is never left so without somebody being asked.
 *
 * Each step is decided at the head of the trail by `obligationStep` and named by the obligation's
 * number, so that any number of runs makes one event. Safe to repeat.
 * @throws {TrailError} retryable
 */
export class Obligations {
  readonly #deps: ObligationsDeps;

  constructor(deps: ObligationsDeps) {
    this.#deps = deps;
  }

  /** Opens or settles the obligation if the rule asks for it. @returns whether there is a new event */
  async bringInLine(known: IncidentState): Promise<boolean> {
    const step = obligationStep(known);
    if (!step) return false;
    const { number = 0 } = known.obligation ?? {};
    const name = 'open' in step ? `${number + 1}#opened` : `${number}#settled`;
    const outcome = await this.#deps.record.run({
      incidentId: known.incidentId,
      commandId: `obligation#${name}`,
      actor: WORKER,
      decide: (incident) => decideStep(incident, number),
    });
    return outcome.kind === 'appended';
  }

  /**
   * What the sweeper's wake does: as `bringInLine`, and asks people again when that is due.
   * @returns whether there is a new event
   */
  async tend(incidentId: string): Promise<boolean> {
    const { record, log } = this.#deps;
    const before = (await record.load(incidentId))?.state;
    if (!before) return false;
    const isNew = await this.bringInLine(before);
    const incident = isNew ? (await record.load(incidentId))?.state : before;
    if (!incident?.obligation?.isOpen) return isNew;
    // Once a sweep, so that the alarm tells how long customers have read what is not so.
    log.count('PageObligationOpen');
    return (await this.#askAgain(incident)) || isNew;
  }

  /** One stage at a time: the next one comes with the next sweep. */
  async #askAgain(known: IncidentState): Promise<boolean> {
    const ask = this.#dueAsk(known);
    if (!ask) return false;
    const outcome = await this.#deps.record.run({
      incidentId: known.incidentId,
      commandId: `obligation#${known.obligation?.number}#ask#${ask.number}`,
      actor: WORKER,
      decide: (incident) => {
        const isSame = incident?.obligation?.number === known.obligation?.number;
        const now = incident && isSame ? this.#dueAsk(incident) : undefined;
        return now?.number === ask.number
          ? { append: 'STATUSPAGE_OBLIGATION_ESCALATED', details: { stage: now.stage } }
          : { decline: 'not due any more' };
      },
    });
    return outcome.kind === 'appended';
  }

  #dueAsk({ obligation }: IncidentState) {
    const ask = nextAsk(obligation, this.#deps.times);
    return ask && Date.parse(ask.dueAt) <= this.#deps.clock.nowMs() ? ask : undefined;
  }
}

/** The step as of the head of the trail, for the obligation that was meant. */
function decideStep(incident: IncidentState | undefined, number: number): Decision<string> {
  const isSame = (incident?.obligation?.number ?? 0) === number;
  const step = incident && isSame ? obligationStep(incident) : undefined;
  if (!incident || !step) return { decline: 'not so any more' };
  if ('settle' in step) {
    const { settle: how, reason } = step;
    return { append: 'STATUSPAGE_OBLIGATION_SETTLED', details: { how, reason } };
  }
  return {
    append: 'STATUSPAGE_OBLIGATION_OPENED',
    details: {
      statuspageIncidentId: String(incident.page.statuspageIncidentId),
      because: step.open,
      link: openOnPage(incident.page)?.link ?? '',
    },
  };
}
