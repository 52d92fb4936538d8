import {
  COMPONENT_STATE_WORDS,
  PAGE_IMPACT_WORDS,
  PAGE_STATUS_WORDS,
} from '../../../domain/page-words.ts';
import type { ComponentState, PageRequest } from '../../../domain/statuspage-event-details.ts';
import type { ApprovalCard } from '../../../services/room-messages.ts';
import { literal, type Markup, markup } from './markup.ts';
import { textDiff } from './text-diff.ts';

/**
 * Every component that the request names: the state that the public page showed last, and the new
 * one. Markup, one line each. What is not known is said on a card that waits, and never guessed.
 */
export function componentLines(card: ApprovalCard): Markup[] {
  const { draft, components } = card;
  const asked = draft.request.body.incident;
  const waits = draft.status === 'pending_approval';
  const ids = [...new Set([...Object.keys(asked.components), ...asked.component_ids])];
  if (ids.length === 0) return [markup`none`];
  return ids.map((id) => {
    const name = components.find((each) => each.id === id)?.name ?? id;
    const before = draft.componentsBefore?.[id];
    const unknown = waits ? markup`not known → ` : '';
    const old = before === undefined ? unknown : markup`${stateWords(before)} → `;
    return markup`• ${literal(name)}: ${old}${stateWords(asked.components[id])}`;
  });
}

/** The request this draft follows, while it is still the last one published. */
export function publishedBefore({ incident, draft }: ApprovalCard): PageRequest | undefined {
  const last = incident.page.lastPublication;
  return last && last.publicationId === draft.basedOn ? last.request : undefined;
}

/** What differs from the last published request: fields first, then lines of the text. */
export function differenceText(before: PageRequest | undefined, after: PageRequest): string {
  if (!before) return '';
  const old = before.body.incident;
  const now = after.body.incident;
  const changes: string[] = [];
  if (old.name !== now.name) changes.push(`- Title: ${old.name}`, `+ Title: ${now.name}`);
  if (old.status !== now.status) {
    changes.push(`- Status: ${PAGE_STATUS_WORDS[old.status]}`);
    changes.push(`+ Status: ${PAGE_STATUS_WORDS[now.status]}`);
  }
  if (old.impact_override !== now.impact_override) {
    changes.push(`- Impact: ${PAGE_IMPACT_WORDS[old.impact_override]}`);
    changes.push(`+ Impact: ${PAGE_IMPACT_WORDS[now.impact_override]}`);
  }
  const text = textDiff(old.body, now.body);
  return [...changes, ...(text === '' ? [] : [text])].join('\n');
}

function stateWords(state: ComponentState | undefined): Markup {
  return state === undefined ? markup`as it is` : literal(COMPONENT_STATE_WORDS[state]);
}
