import { ConfigError } from '../../config.ts';
import { type CalendarMoment, calendarIn, isTimeZone } from '../../domain/calendar.ts';
import type {
  ExplainablePolicy,
  PolicyAnswer,
  PolicyFinding,
  PolicyQuestion,
  RuleQuestion,
} from '../../services/approval-policy.ts';
import type { PolicyFiles } from '../files/deployment-config.ts';
import { type EngineQuestion, PolicyEngine } from './policy-engine.ts';
import { type CheckedPolicy, type PolicyAction, readPolicySet } from './policy-files.ts';

/** Of `routing.json`, what the policy is checked against and told. */
export type PolicySurroundings = {
  /** Roles that exist; undefined: not checked. */
  roles?: readonly string[];
  /** IANA name; the default is UTC. */
  timeZone?: string;
};

type Allowed = Extract<PolicyAnswer, { allowed: true }>;

/** The approval policy as Cedar evaluates it. An error while evaluating denies. */
export class CedarPolicy implements ExplainablePolicy {
  readonly digest: string;
  readonly #policies: ReadonlyMap<string, CheckedPolicy>;
  readonly #engine: PolicyEngine;
  readonly #calendar: (at: string) => CalendarMoment;

  /** @throws {ConfigError} naming the file or policy and what was expected */
  constructor(files: PolicyFiles, { roles, timeZone = 'UTC' }: PolicySurroundings = {}) {
    if (!isTimeZone(timeZone)) {
      throw new ConfigError(`cannot use the time zone: expected an IANA name, got ${timeZone}`);
    }
    this.digest = files.digest;
    this.#calendar = calendarIn(timeZone);
    const set = readPolicySet(files, roles);
    this.#policies = set.policies;
    this.#engine = new PolicyEngine(set);
  }

  decide(question: PolicyQuestion): PolicyAnswer {
    const allowed: Allowed[] = [];
    for (const asked of actionsAsked(question)) {
      const answer = this.#decideOne(question, asked);
      if (!answer.allowed) return answer;
      allowed.push(answer);
    }
    return together(allowed);
  }

  ruleInWords(of: RuleQuestion): string {
    const permits = this.#inWords(this.#permits(of, [of.action]));
    const stopped = [...this.#policies.values()].filter(
      (policy) =>
        policy.effect === 'forbid' &&
        policy.severities.includes(of.severity) &&
        this.#couldApply(policy, asAnybody(of, { wrote: true }), of.action),
    );
    return [permits, ...stopped.map(({ rule }) => rule)].join('. But ');
  }

  breakGlassInWords(of: RuleQuestion): string | undefined {
    const permits = this.#permits(of, ['break_glass']);
    return permits.length === 0 ? undefined : this.#inWords(permits);
  }

  findings(question: PolicyQuestion): PolicyFinding[] {
    return actionsAsked(question).flatMap((asked) => {
      const inCedar = this.#asCedar(question, asked);
      return [...this.#policies.values()].map((policy) => {
        const { id, effect, rule, needsRole, severities } = policy;
        const isNamed = policy.actions === null || policy.actions.includes(asked);
        return {
          policyId: id,
          effect,
          rule,
          asked,
          applies: isNamed && this.#engine.applies(id, inCedar),
          needsRole,
          concerns: isNamed && (severities.length === 0 || severities.includes(question.severity)),
        };
      });
    });
  }

  /** The permits that cards of this severity show and that somebody could use for this effect. */
  #permits(of: RuleQuestion, wanted: readonly PolicyAction[]): CheckedPolicy[] {
    const question = asAnybody(of, { wrote: false });
    return [...this.#policies.values()].filter(
      (policy) =>
        policy.effect === 'permit' &&
        policy.severities.includes(of.severity) &&
        wanted.some((asked) => this.#couldApply(policy, question, asked)),
    );
  }

  /** Whether it would apply at some hour of the week to somebody who has every role and leads. */
  #couldApply(policy: CheckedPolicy, question: PolicyQuestion, asked: PolicyAction): boolean {
    if (policy.actions !== null && !policy.actions.includes(asked)) return false;
    const roles = [...this.#policies.values()].flatMap(({ needsRole }) => needsRole ?? []);
    const inCedar = this.#asCedar({ ...question, person: { ...question.person, roles } }, asked);
    const hours = policy.readsClock ? WEEK : WEEK.slice(0, 1);
    return hours.some((context) => this.#engine.applies(policy.id, { ...inCedar, context }));
  }

  #inWords(permits: readonly CheckedPolicy[]): string {
    if (permits.length === 0) return 'no policy permits anybody to approve this';
    const rules = permits.map(({ rule }) => rule).join('; or ');
    const counts = new Set(permits.map(({ approvers }) => approvers));
    return counts.size > 1 ? `${rules}. Of those that apply, the most people count` : rules;
  }

  #decideOne(question: PolicyQuestion, asked: PolicyAction): PolicyAnswer {
    const answer = this.#engine.ask(this.#asCedar(question, asked));
    if (answer.type === 'failure' || answer.response.diagnostics.errors.length > 0) {
      return { allowed: false, policyIds: [], rule: 'the policy could not be evaluated' };
    }
    const policyIds = [...answer.response.diagnostics.reason].sort();
    const applied = policyIds.map((id) => this.#policies.get(id)!);
    if (answer.response.decision !== 'allow') {
      const stopped = applied.map(({ rule }) => rule).join('; ');
      return { allowed: false, policyIds, rule: stopped || this.#whoMay(question, asked) };
    }
    return {
      allowed: true,
      policyIds,
      requiredApprovals: Math.max(...applied.map((policy) => policy.approvers)),
      validForS: Math.min(...applied.map((policy) => policy.validForS)),
      rule: applied.map((policy) => policy.rule).join('; or '),
    };
  }

  /** No permit applied: who would have been permitted. */
  #whoMay(question: PolicyQuestion, asked: PolicyAction): string {
    if (asked === 'break_glass') {
      return this.breakGlassInWords(question) ?? 'nobody may approve this alone';
    }
    return this.#inWords(this.#permits(question, [asked]));
  }

  #asCedar(question: PolicyQuestion, asked: PolicyAction): EngineQuestion {
    const person = (id: string) => ({ type: 'Person', id });
    const draft = { type: 'Draft', id: 'draft' };
    const { declaredBy, impact, worstComponent, notify, relatedSeverity } = question.effect;
    const { weekday, minuteOfDay } = question.at === '' ? WEEK[0]! : this.#calendar(question.at);
    return {
      principal: person(question.person.id),
      action: { type: 'Action', id: asked },
      resource: draft,
      context: { weekday, minuteOfDay },
      entities: [
        {
          uid: person(question.person.id),
          attrs: {},
          parents: question.person.roles.map((id) => ({ type: 'Role', id })),
        },
        {
          uid: draft,
          attrs: {
            kind: question.action,
            severity: question.severity,
            authors: question.authors.map((id) => ({ __entity: person(id) })),
            changesComponents: question.changesComponents,
            ...{ impact, worstComponent, notify, relatedSeverity },
            ...(declaredBy ? { declaredBy: { __entity: person(declaredBy) } } : {}),
            ...(question.incidentCommander
              ? { incidentCommander: { __entity: person(question.incidentCommander) } }
              : {}),
          },
          parents: [],
        },
      ],
    };
  }
}

/** Every hour of a week. */
const WEEK: readonly CalendarMoment[] = Array.from({ length: 7 * 24 }, (_, hour) => ({
  weekday: 1 + Math.floor(hour / 24),
  minuteOfDay: (hour % 24) * 60,
}));

/** The question of somebody who leads the incident, an author or not, before anybody has clicked. */
function asAnybody(of: RuleQuestion, { wrote }: { wrote: boolean }): PolicyQuestion {
  const { action, severity, effect } = of;
  const id = 'U0ANYBODY';
  return {
    ...{ action, severity, effect },
    emergency: false,
    person: { id, roles: [] },
    authors: wrote ? [id] : ['U0AUTHOR'],
    incidentCommander: id,
    changesComponents: true,
    at: '',
  };
}

function actionsAsked({ action, emergency, changesComponents }: PolicyQuestion): PolicyAction[] {
  if (emergency) return ['break_glass'];
  return changesComponents ? [action, 'component_change'] : [action];
}

/** All of them hold: the most people, the shortest time, every policy that allowed one. */
function together(answers: readonly Allowed[]): Allowed {
  return {
    allowed: true,
    policyIds: [...new Set(answers.flatMap(({ policyIds }) => policyIds))].sort(),
    requiredApprovals: Math.max(...answers.map(({ requiredApprovals }) => requiredApprovals)),
    validForS: Math.min(...answers.map(({ validForS }) => validForS)),
    rule: [...new Set(answers.map(({ rule }) => rule))].join('; and '),
  };
}
