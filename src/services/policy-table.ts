import { z } from 'zod';
import { SEVERITIES, type Severity } from '../domain/severity.ts';
import { DRAFT_ACTIONS, type DraftAction } from '../domain/statuspage-event-details.ts';
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
  const questions: PolicyQuestion[] = [];
  for (const action of each(row.action)) {
    for (const severity of each(row.severity)) {
      for (const held of roleSets as string[][]) {
        for (const author of each(row.author)) {
          for (const leads of each(row.incidentCommander)) {
            for (const changesComponents of each(row.changesComponents)) {
              for (const at of each(row.at)) {
                const person = { id: TABLE_PERSON, roles: held };
                const asked = { action, severity, person, author, leads, changesComponents, at };
                questions.push(questionOf(asked));
              }
            }
          }
        }
      }
    }
  }
  return questions;
}

/** A question in the words of a row, for messages. */
export function caseInWords(question: PolicyQuestion): string {
  const { action, emergency, severity, person, authors, incidentCommander } = question;
  const marks = [
    emergency ? 'break_glass' : action,
    severity,
    `roles [${person.roles.join(', ')}]`,
    authors.includes(person.id) ? 'author' : 'not author',
    incidentCommander === person.id ? 'incident commander' : 'not incident commander',
    ...(question.changesComponents ? ['changes components'] : []),
    ...(question.at === TABLE_AT ? [] : [question.at]),
  ];
  return marks.join(', ');
}

type Asked = {
  action: DraftAction | 'break_glass';
  severity: Severity;
  person: PolicyQuestion['person'];
  author: boolean;
  leads: boolean;
  changesComponents: boolean;
  at: string;
};

function questionOf({ action, author, leads, person, ...same }: Asked): PolicyQuestion {
  const emergency = action === 'break_glass';
  return {
    ...same,
    person,
    action: emergency ? 'create' : action,
    emergency,
    authors: author ? [OTHER, person.id] : [OTHER],
    incidentCommander: leads ? person.id : OTHER,
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

function each<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
