import { problemOfReason } from '../domain/break-glass.ts';
import {
  draftedText,
  problemsOfCustomerText,
  problemsOfCustomerTitle,
  problemsOfInternalText,
  type TextProblem,
} from '../domain/customer-text.ts';
import { COMPONENTS_MAX, INCIDENT_TITLE_MAX, OVERRIDE_REASON_MAX } from '../domain/limits.ts';
import { parseSeverity } from '../domain/severity.ts';
import type { SubmittedForm } from './forms.ts';
import type { ComponentName } from './room-messages.ts';

/** Name of the form's field that holds a component's state; the others are called as they are. */
export function componentField(componentId: string): string {
  return `component:${componentId}`;
}

/**
 * What is wrong with a submitted form, by the name of the field, in words for its author.
 *
 * Checked when the form arrives, so the author can correct it, and again before anything is put on
 * record, because what travels in between is not trusted for its content. Empty: nothing is wrong.
 */
export function validateForm(
  submitted: SubmittedForm,
  components: readonly ComponentName[],
): Record<string, string> {
  switch (submitted.form) {
    case 'draft':
      return {
        ...fieldOf('title', problemsOfCustomerTitle(draftedText(submitted.fields.title))),
        ...fieldOf('text', problemsOfCustomerText(draftedText(submitted.fields.text))),
        ...overrideProblems(submitted.overrideReason),
        ...componentProblems(Object.keys(submitted.fields.components), components),
      };
    case 'update':
    case 'note':
      return fieldOf('text', problemsOfInternalText(submitted.text));
    case 'resolve':
      return fieldOf('summary', problemsOfInternalText(submitted.summary));
    case 'reject':
    case 'leave_page':
      return fieldOf('reason', problemsOfInternalText(submitted.reason));
    case 'break_glass': {
      const long = fieldOf('reason', problemsOfInternalText(submitted.reason));
      const short = problemOfReason(submitted.reason);
      return short === undefined ? long : { reason: short };
    }
    case 'declare': {
      const { title, severity } = submitted;
      const known = severity === null || parseSeverity(severity) !== undefined;
      return {
        ...fieldOf('title', problemsOfInternalText(title, INCIDENT_TITLE_MAX)),
        ...(known ? {} : { severity: 'Choose a severity from P1 to P4.' }),
      };
    }
  }
}

function fieldOf(name: string, problems: readonly TextProblem[]): Record<string, string> {
  if (problems.length === 0) return {};
  return { [name]: problems.map(({ words }) => words).join(' ') };
}

function overrideProblems(reason = ''): Record<string, string> {
  return fieldOf(
    'override_reason',
    reason === '' ? [] : problemsOfInternalText(reason, OVERRIDE_REASON_MAX),
  );
}

function componentProblems(
  ids: readonly string[],
  components: readonly ComponentName[],
): Record<string, string> {
  const problems: Record<string, string> = {};
  const known = new Set(components.map(({ id }) => id));
  for (const [index, id] of ids.entries()) {
    if (!known.has(id)) problems[componentField(id)] = 'The status page has no such component.';
    else if (index >= COMPONENTS_MAX) {
      problems[componentField(id)] = `Change at most ${COMPONENTS_MAX} components at once.`;
    }
  }
  return problems;
}
