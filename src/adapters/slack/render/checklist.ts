import type { IncidentState } from '../../../domain/incident-state.ts';
import {
  button,
  context,
  cut,
  fallback,
  header,
  literal,
  mrkdwn,
  type RenderedMessage,
  SECTION_MAX,
  section,
} from './block-kit.ts';
import { BREAK_GLASS_WORDS } from './incident-card.ts';

const ITEMS_SHOWN_MAX = 40;
const ITEM_SHOWN_MAX = 250;

/** The checklist: a block with its own button for each item, so that each can be ticked. */
export function checklist(incidentId: string, items: IncidentState['checklist']): RenderedMessage {
  const done = items.filter((item) => item.done).length;
  const shown = items.slice(0, ITEMS_SHOWN_MAX);
  const left = items.length - shown.length;
  return {
    text: fallback(`Checklist: ${done} of ${items.length} done`),
    blocks: [
      header(`Checklist · ${done} of ${items.length} done`),
      ...shown.map((item, index) =>
        section(mrkdwn(itemWords(item, index), SECTION_MAX), toggle(incidentId, item, index)),
      ),
      ...(left > 0 ? [context(`and ${left} more`)] : []),
    ],
  };
}

function itemWords(item: IncidentState['checklist'][number], index: number): string {
  const mark = item.done ? '☑' : '☐';
  const by = item.done && item.by ? ` · <@${item.by}>` : '';
  // The id in such an item is one that we put there.
  const words = literal(cut(item.item, ITEM_SHOWN_MAX));
  const shown = item.review ? words.replace(`@${item.review.by}`, `<@${item.review.by}>`) : words;
  const glass = item.review ? `${BREAK_GLASS_WORDS} ` : '';
  return `${mark} ${index + 1}. ${glass}${shown}${by}`;
}

function toggle(incidentId: string, item: { done: boolean }, index: number) {
  return button({
    label: item.done ? 'Undo' : 'Done',
    actionId: 'checklist_toggle',
    value: JSON.stringify({ incidentId, index, done: !item.done }),
  });
}
