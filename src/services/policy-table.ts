import { z } from 'zod';
import { SEVERITIES, type Severity, worse } from '../domain/severity.ts';
import {
  COMPONENT_STATES,
  DRAFT_ACTIONS,
  type DraftAction,
  PAGE_IMPACTS,
} from '../domain/statuspage-event-details.ts';
import type { ApprovalPolicy, PolicyAnswer, PolicyQuestion } from './approval-policy.ts';

/** In tables a person decides under this id; whoever else wrote or leads is `OTHER`. */
export const TABLE_PERSON = 'U0PERSON';
const OTHER = 'U0SOMEBODY';
/** A Wednesday at noon, UTC: when a row says no time. */
export const TABLE_AT = '2026-11-18T12:00:00.000Z';

const oneOrMore = <T extends z.ZodType>(value: T) => z.union([value, z.array(value).min(1)]);
const instant = z.iso.datetime({ offset: true });
const roles = z.array(z.string().min(1).max(80));

/** One row; where a list stands for one value, every combination is a case of its own. */
const ROW = z.strictObject({
  name: z.string().min(1).max(200),
  action: oneOrMore(z.enum([...DRAFT_ACTIONS, 'break_glass'])),
  severity: oneOrMore(z.enum(SEVERITIES)),
  /** The roles of the person, or several such lists. */
  roles: z.union([roles, z.array(roles).min(1)]),
  /** They wrote or edited the text. */
  author: oneOrMore(z.boolean()).default(false),
  /** They lead the incident; else somebody else does. */
  incidentCommander: oneOrMore(z.boolean()).default(false),
  changesComponents: oneOrMore(z.boolean()).default(false),
  impact: oneOrMore(z.enum(PAGE_IMPACTS)).default('none'),
  /** The worst state that the text gives a component; another than `operational` is a change. */
  worstComponent: oneOrMore(z.enum(COMPONENT_STATES)).default('operational'),
  /** It mails subscribers. */
  notify: oneOrMore(z.boolean()).default(false),
  /** They declared the incident; else an alert opened it. */
  declarer: oneOrMore(z.boolean()).default(false),
  /** Worst of all related incidents; never better than the incident's own. */
  relatedSeverity: oneOrMore(z.enum(SEVERITIES)).default('P4'),
  at: oneOrMore(instant).default(TABLE_AT),
  expect: z.strictObject({
    allowed: z.boolean(),
    approvers: z.int().min(1).optional(),
    validForS: z.int().min(1).optional(),
    policyIds: z.array(z.string()).optional(),
  }),
});
const ROWS = z.array(ROW).min(1);

export type PolicyTableRow = z.infer<typeof ROW>;
/** What one file says; `file` is for messages. */
export type PolicyTable = { file: string; rows: PolicyTableRow[] };
/** One question of a row, with what was answered where that is not what the row expects. */
export type PolicyCase = { question: PolicyQuestion; difference: string | undefined };
/** One row, run. */
export type PolicyRowResult = { row: PolicyTableRow; cases: PolicyCase[] };

/** Reads a table. @returns the table, or in words what is wrong and in which row */
export function parsePolicyTable(file: string, json: unknown): PolicyTable | string {
  const parsed = ROWS.safeParse(json);
  if (parsed.success) return { file, rows: parsed.data };
  const issue = parsed.error.issues[0];
  const [index, ...path] = issue?.path ?? [];
  const row = Array.isArray(json) && typeof index === 'number' ? json[index] : undefined;
  const name = typeof row?.name === 'string' ? ` (${row.name})` : '';
  const place = typeof index === 'number' ? `row ${index + 1}${name}` : 'the top';
  return `at ${[place, ...path].join('.')}: ${issue?.message}`;
}

/** Asks the policy every case of every row. */
export function runPolicyTable(table: PolicyTable, policy: ApprovalPolicy): PolicyRowResult[] {
  return table.rows.map((row) => ({
    row,
    cases: casesOf(row).map((question) => ({
      question,
      difference: differenceOf(row.expect, policy.decide(question)),
    })),
  }));
}

/** Every question a row stands for. */
export function casesOf(row: PolicyTableRow): PolicyQuestion[] {
  const roleSets = row.roles.some(Array.isArray) ? row.roles : [row.roles];
  let cases: Partial<Asked>[] = [{}];
  const inputs = { ...row, roles: roleSets as string[][] };
  for (const name of INPUTS) {
    const values = each<unknown>(inputs[name]);
    cases = cases.flatMap((known) => values.map((value) => ({ ...known, [name]: value })));
  }
  return cases.map((asked) => questionOf(asked as Asked));
}

/** A question in the words of a row, for messages. */
export function caseInWords(question: PolicyQuestion): string {
  const { action, emergency, severity, person, authors, incidentCommander, effect } = question;
  const marks = [
    emergency ? 'break_glass' : action,
    severity,
    `roles [${person.roles.join(', ')}]`,
    authors.includes(person.id) ? 'author' : 'not author',
    incidentCommander === person.id ? 'incident commander' : 'not incident commander',
    ...(question.changesComponents ? ['changes components'] : []),
    ...(effect.impact === 'none' ? [] : [`impact ${effect.impact}`]),
    ...(effect.worstComponent === 'operational' ? [] : [effect.worstComponent]),
    ...(effect.notify ? ['mails subscribers'] : []),
    ...(effect.declaredBy === person.id ? ['declared it'] : []),
    ...(effect.relatedSeverity === severity ? [] : [`related to a ${effect.relatedSeverity}`]),
    ...(question.at === TABLE_AT ? [] : [question.at]),
  ];
  return marks.join(', ');
}

/** What a row may hold lists of, in the order in which its cases are told. */
const INPUTS = [
  'action',
  'severity',
  'roles',
  'author',
  'incidentCommander',
  'changesComponents',
  'impact',
  'worstComponent',
  'notify',
  'declarer',
  'relatedSeverity',
  'at',
] as const;

type Asked = Omit<PolicyQuestion['effect'], 'declaredBy'> & {
  action: DraftAction | 'break_glass';
  severity: Severity;
  roles: string[];
  author: boolean;
  incidentCommander: boolean;
  changesComponents: boolean;
  declarer: boolean;
  at: string;
};

function questionOf(asked: Asked): PolicyQuestion {
  const { action, severity, roles: held, at, impact, notify } = asked;
  const emergency = action === 'break_glass';
  return {
    action: emergency ? 'create' : action,
    emergency,
    severity,
    person: { id: TABLE_PERSON, roles: held },
    authors: asked.author ? [OTHER, TABLE_PERSON] : [OTHER],
    incidentCommander: asked.incidentCommander ? TABLE_PERSON : OTHER,
    changesComponents: asked.changesComponents || asked.worstComponent !== 'operational',
    effect: {
      impact,
      worstComponent: asked.worstComponent,
      notify,
      declaredBy: asked.declarer ? TABLE_PERSON : null,
      relatedSeverity: worse(severity, asked.relatedSeverity),
    },
    at,
  };
}

function differenceOf(
  expected: PolicyTableRow['expect'],
  answer: PolicyAnswer,
): string | undefined {
  const { allowed, policyIds } = answer;
  const found = {
    allowed,
    ...(answer.allowed ? { approvers: answer.requiredApprovals, validForS: answer.validForS } : {}),
    policyIds,
  };
  const wanted = {
    ...expected,
    ...(expected.policyIds ? { policyIds: [...expected.policyIds].sort() } : {}),
  };
  const same = Object.entries(wanted).every(
    ([name, value]) =>
      value === undefined ||
      JSON.stringify(value) === JSON.stringify(found[name as keyof typeof found]),
  );
  if (same) return undefined;
  return `expected ${JSON.stringify(wanted)}, got ${JSON.stringify(found)}`;
}

function each<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
