import type { IncidentState } from '../../../domain/incident-state.ts';
import { say } from '../../../domain/sentence.ts';
import {
  button,
  context,
  cut,
  fallback,
  header,
  mrkdwn,
  type RenderedMessage,
  SECTION_MAX,
  section,
} from './block-kit.ts';
import { BREAK_GLASS_WORDS } from './incident-card.ts';
import { literal, type Markup, markup, mention } from './markup.ts';

const ITEMS_SHOWN_MAX = 40;
const ITEM_SHOWN_MAX = 250;

/** The checklist: a block with its own button for each item, so that each can be ticked. */
export function checklist(incidentId: string, items: IncidentState['checklist']): RenderedMessage {
  const done = items.filter((item) => item.done).length;
  const shown = items.slice(0, ITEMS_SHOWN_MAX);
  const left = items.length - shown.length;
  return {
    text: fallback(say`Checklist: ${done} of ${items.length} done`),
    blocks: [
      header(say`Checklist · ${done} of ${items.length} done`),
      ...shown.map((item, index) =>
        section(mrkdwn(itemWords(item, index), SECTION_MAX), toggle(incidentId, item, index)),
      ),
      ...(left > 0 ? [context(markup`and ${left} more`)] : []),
    ],
  };
}

function itemWords(item: IncidentState['checklist'][number], index: number): Markup {
  const mark = item.done ? '☑' : '☐';
  const by = item.done && item.by ? markup` · ${mention(item.by)}` : '';
  const words = item.review ? reviewWords(item.review) : literal(cut(item.item, ITEM_SHOWN_MAX));
  const glass = item.review ? markup`${BREAK_GLASS_WORDS} ` : '';
  return markup`${mark} ${index + 1}. ${glass}${words}${by}`;
}

function reviewWords({ by, revision }: { by: string; revision: number }): Markup {
  return markup`Review the break-glass approval by ${mention(by)} (revision ${revision})`;
}

function toggle(incidentId: string, item: { done: boolean }, index: number) {
  return button({
    label: item.done ? 'Undo' : 'Done',
    actionId: 'checklist_toggle',
    value: JSON.stringify({ incidentId, index, done: !item.done }),
  });
}
