import type { Actor, DetailsOf, EventType } from '../domain/audit-event.ts';
import { incidentIdOfDeclaration, intakeChainId } from '../domain/ids.ts';
import { type IncidentState, servicesOf } from '../domain/incident-state.ts';
import { incidentTitle } from '../domain/incident-title.ts';
import { INCIDENT_TITLE_MAX, INTERNAL_TEXT_MAX } from '../domain/limits.ts';
import { DEFAULT_SEVERITY, type Severity } from '../domain/severity.ts';
import { refusalOf, type Transition } from '../domain/transitions.ts';
import { cutText } from '../domain/well-formed.ts';
import type { ReviewRule } from './break-glass.ts';
import type { Decision, IncidentRecord } from './incident-record.ts';
import type { Clock } from './ports.ts';
import { POSTMORTEM_COMMAND } from './postmortems.ts';

/** Why a command changed nothing, in words for the person. */
export type CommandRefusal = { rule: string };
/** Who asks, and for what. */
export type Asked = { incidentId: string; commandId: string; actor: Actor };

type Outcome = CommandRefusal | undefined;
/** Who is to lead; `roles` are those of the asker. */
type LeadChange = { to: string; roles: () => Promise<readonly string[]> };

/** Roles that may leave the page as it is. */
const DECIDE_PAGE: readonly string[] = ['status-approver', 'incident-commander'];
/** Services that one incident may be said to be about, one after another. */
const SERVICES_MAX = 20;
const NOTHING_OWED =
  'the status page shows nothing as open that is over here, or a draft that ends it waits: decide on that';

/**
 * What people do to an incident by command or click. Each is one event; each is safe to repeat.
 * Every method returns undefined when the fact is on the trail, else why not.
 */
export class IncidentCommands {
  readonly #deps: { record: IncidentRecord; clock: Clock; updateDueS: number };

  constructor(deps: { record: IncidentRecord; clock: Clock; updateDueS: number }) {
    this.#deps = deps;
  }

  /** @returns the new incident's id */
  async declare(of: {
    requestSha256: string;
    actor: Actor;
    title: string;
    service: string | null;
    /** Nobody chose the service. */
    serviceGuessed?: boolean;
    severity: Severity | null;
    declaredIn: string | null;
  }): Promise<string> {
    const incidentId = incidentIdOfDeclaration(of.requestSha256);
    await this.#deps.record.run({
      incidentId,
      commandId: of.requestSha256,
      actor: of.actor,
      decide: (incident) =>
        incident
          ? { decline: 'declared already' }
          : {
              append: 'INCIDENT_DECLARED',
              details: {
                title: incidentTitle(of.title, { kind: 'incident', service: of.service }),
                severity: of.severity ?? DEFAULT_SEVERITY,
                severityIsDefault: of.severity === null,
                service: of.service,
                declaredIn: of.declaredIn,
                ...(of.serviceGuessed ? { serviceGuessed: true as const } : {}),
              },
            },
    });
    return incidentId;
  }

  note(asked: Asked, text: string): Promise<Outcome> {
    return this.#append(asked, 'NOTE_ADDED', { text: cut(text) });
  }

  /** An internal update. Starts the reminder's clock anew. */
  update(asked: Asked, text: string): Promise<Outcome> {
    const nextUpdateDueAt = this.dueAt();
    return this.#append(asked, 'STATUS_UPDATE_SENT', { text: cut(text), nextUpdateDueAt });
  }

  severity(asked: Asked, to: Severity, reason: string): Promise<Outcome> {
    return this.#decide(asked, (incident) =>
      incident.severity === to
        ? { decline: { rule: `the severity is ${to} already` } }
        : {
            append: 'SEVERITY_CHANGED',
            details: { from: incident.severity, to, reason: cut(reason) },
          },
    );
  }

  /** Which service it is about. People of the former one stay. */
  service(asked: Asked, to: string): Promise<Outcome> {
    return this.#decide(asked, (incident) => {
      const { service: from, serviceGuessed } = incident;
      if (from === to && !serviceGuessed)
        return { decline: { rule: `the service is ${to} already` } };
      // What it once was about stays with it, so that has to end somewhere.
      return servicesOf(incident).length < SERVICES_MAX || from === to
        ? { append: 'SERVICE_CHANGED', details: { from, to } }
        : { decline: { rule: `an incident is about at most ${SERVICES_MAX} services` } };
    });
  }

  title(asked: Asked, title: string): Promise<Outcome> {
    const to = cutText(title, INCIDENT_TITLE_MAX);
    return this.#decide(asked, ({ title: from }) =>
      from === to
        ? { decline: { rule: 'that is the title already' } }
        : { append: 'TITLE_CHANGED', details: { from, to } },
    );
  }

  /**
   * Takes the vacant role, or hands it over. Only its holder or a person in role
   * `incident-commander` may move it once it is taken; only then are roles read, so that a vacant
   * role can be taken while they cannot be.
   */
  takeIc(asked: Asked, of: LeadChange): Promise<Outcome> {
    return this.#decide(asked, (incident) => leadDecision(incident, asked, of));
  }

  /** Whether `takeIc` would move the role now. Appends nothing. */
  async mayMoveIc(asked: Asked, of: LeadChange): Promise<boolean> {
    const incident = (await this.#deps.record.load(asked.incidentId))?.state;
    if (!incident) return false;
    const decision = await leadDecision(incident, asked, of);
    return 'append' in decision && decision.append !== 'COMMAND_DENIED';
  }

  mitigate(asked: Asked, text: string): Promise<Outcome> {
    return this.#transition(asked, 'mitigate', 'INCIDENT_MITIGATED', { text: cut(text) });
  }

  /** `proposeOnPage`: whether the public "resolved" is proposed for approval too. */
  resolve(asked: Asked, summary: string, proposeOnPage = true): Promise<Outcome> {
    return this.#transition(asked, 'resolve', 'INCIDENT_RESOLVED', {
      summary: cut(summary),
      ...(proposeOnPage ? {} : { proposeOnPage }),
    });
  }

  reopen(asked: Asked, reason: string): Promise<Outcome> {
    return this.#transition(asked, 'reopen', 'INCIDENT_REOPENED', { reason: cut(reason) });
  }

  cancel(asked: Asked, reason: string): Promise<Outcome> {
    return this.#transition(asked, 'cancel', 'INCIDENT_CANCELLED', { reason: cut(reason) });
  }

  /**
   * Leaves the page showing what is over here, for a reason. The incident commander may, and who holds
   * a role that decides about the page; roles are read only if they matter.
   */
  leavePage(
    asked: Asked,
    of: { reason: string; roles: () => Promise<readonly string[]> },
  ): Promise<Outcome> {
    return this.#decide(asked, async (incident) => {
      const { ic, obligation } = incident;
      if (obligation?.kept) return { decline: { rule: 'why it stays is on record already' } };
      if (!obligation?.isOpen) return { decline: { rule: NOTHING_OWED } };
      const may =
        ic === asked.actor.id || (await of.roles()).some((role) => DECIDE_PAGE.includes(role));
      if (!may) {
        return {
          append: 'COMMAND_DENIED',
          details: {
            command: 'leave-page',
            rule: 'only the incident commander, or somebody who may approve what the page says',
            reason: 'NOT_PERMITTED',
          },
        };
      }
      return {
        append: 'STATUSPAGE_OBLIGATION_SETTLED',
        details: { how: 'kept', reason: cut(of.reason) },
      };
    });
  }

  /** `index` counts from 0. `done` undefined: the opposite of what it is. */
  tick(
    asked: Asked,
    index: number,
    of: { done?: boolean | undefined; reviewRule: ReviewRule },
  ): Promise<Outcome> {
    return this.#decide(asked, async (incident) => {
      const entry = incident.checklist[index];
      if (!entry) return { decline: { rule: `there is no item ${index + 1} on the checklist` } };
      const wanted = of.done ?? !entry.done;
      if (entry.done === wanted) return { decline: { rule: 'nothing to change' } };
      const rule = entry.review && (await of.reviewRule(entry.review.by));
      if (rule !== undefined) {
        const details = { command: 'checklist', rule, reason: 'REVIEW_BY_ANOTHER' };
        return { append: 'COMMAND_DENIED', details };
      }
      return {
        append: 'CHECKLIST_ITEM_UPDATED',
        details: { index, item: entry.item, done: wanted },
      };
    });
  }

  silence(asked: Asked, forMs: number): Promise<Outcome> {
    const until = new Date(this.#deps.clock.nowMs() + forMs).toISOString();
    return this.#append(asked, 'STATUS_REMINDER_SILENCED', { until });
  }

  /** Asks for the postmortem as it stands; it comes as a file in the room. */
  postmortem(asked: Asked): Promise<Outcome> {
    return this.#append(asked, 'COMMAND_RECEIVED', { command: POSTMORTEM_COMMAND });
  }

  /**
   * Puts a refusal on record; without an incident on the intake chain of the day it was asked, so that
   * a redelivery after midnight finds it there.
   */
  async denied(
    of: { incidentId: string | null; commandId: string; actor: Actor; askedAtMs: number },
    details: DetailsOf<'COMMAND_DENIED'>,
  ): Promise<void> {
    const { commandId, actor, askedAtMs } = of;
    await this.#deps.record.run({
      incidentId: of.incidentId ?? intakeChainId(new Date(askedAtMs).toISOString()),
      commandId,
      actor,
      decide: () => ({ append: 'COMMAND_DENIED', details }),
    });
  }

  /** When the next update is due if one is given now. */
  dueAt(): string {
    return new Date(this.#deps.clock.nowMs() + this.#deps.updateDueS * 1000).toISOString();
  }

  #append<T extends EventType>(asked: Asked, type: T, details: DetailsOf<T>): Promise<Outcome> {
    return this.#decide(
      asked,
      () => ({ append: type, details }) as unknown as Decision<CommandRefusal>,
    );
  }

  #transition<T extends EventType>(
    asked: Asked,
    transition: Transition,
    type: T,
    details: DetailsOf<T>,
  ): Promise<Outcome> {
    return this.#decide(asked, (incident) => {
      const refused = refusalOf(transition, incident);
      if (refused) return { decline: { rule: refused } };
      return { append: type, details } as unknown as Decision<CommandRefusal>;
    });
  }

  async #decide(
    asked: Asked,
    decide: (
      incident: IncidentState,
    ) => Decision<CommandRefusal> | Promise<Decision<CommandRefusal>>,
  ): Promise<Outcome> {
    const outcome = await this.#deps.record.run<CommandRefusal>({
      ...asked,
      decide: (incident) =>
        incident ? decide(incident) : { decline: { rule: 'this incident does not exist' } },
    });
    if (outcome.kind === 'declined') return outcome.because;
    if (outcome.event.type === 'COMMAND_DENIED') return { rule: outcome.event.details.rule };
    return undefined;
  }
}

function cut(text: string): string {
  return cutText(text, INTERNAL_TEXT_MAX);
}

async function leadDecision(
  { ic }: Pick<IncidentState, 'ic'>,
  { actor }: Asked,
  { to, roles }: LeadChange,
): Promise<Decision<CommandRefusal>> {
  if (ic === to) return { decline: { rule: 'that is the incident commander already' } };
  if (ic === null) return { append: 'ROLE_ASSIGNED', details: { role: 'ic', slackUserId: to } };
  const may = ic === actor.id || (await roles()).includes('incident-commander');
  if (may) return { append: 'ROLE_HANDED_OVER', details: { role: 'ic', from: ic, to } };
  return {
    append: 'COMMAND_DENIED',
    details: {
      command: 'ic',
      rule: 'the role is taken: its holder, or somebody in role incident-commander, hands it over',
      reason: 'ROLE_TAKEN',
    },
  };
}
