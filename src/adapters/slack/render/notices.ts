import type { KnownBlock } from '@slack/types';
import type { IncidentState } from '../../../domain/incident-state.ts';
import { pieces, type Sentence, say, words } from '../../../domain/sentence.ts';
import type { RoomMessage } from '../../../services/room-messages.ts';
import {
  actions,
  button,
  context,
  cut,
  fallback,
  line,
  mrkdwn,
  type RenderedMessage,
  SECTION_MAX,
  section,
} from './block-kit.ts';
import { link, literal, markup } from './markup.ts';

/** A long text is shown in several blocks, so that nothing of it is cut. */
const LINE_CHUNKS_MAX = 4;

/** One visible line, with links of ours, and buttons if something is asked. */
export function plainLine(given: Extract<RoomMessage, { kind: 'line' }>): RenderedMessage {
  const { text, buttons = [] } = given;
  // What goes on in a further block is marked, so that it does not begin like a line of ours.
  const blocks = pieces(text, SECTION_MAX - 2)
    .slice(0, LINE_CHUNKS_MAX)
    .map((piece, i) => line(i === 0 ? piece : say`… ${piece}`));
  const links = [given.link, given.otherLink].filter((to) => to !== undefined);
  return {
    text: fallback(links.reduce((said, { url }) => say`${said} ${words(url)}`, text)),
    blocks: [...blocks, ...links.flatMap(linkBlock), ...actions(buttons.map(button))],
  };
}

function linkBlock(to: { title: string; url: string } | undefined): KnownBlock[] {
  return to ? [section(mrkdwn(link(to.url, to.title), SECTION_MAX))] : [];
}

/** A refusal: what was refused, the rule in words, and where to go instead. */
export function refusal(given: Extract<RoomMessage, { kind: 'refusal' }>): RenderedMessage {
  const { text, rule } = given;
  return {
    text: fallback(rule ? say`${text} Rule: ${rule}` : text),
    blocks: [line(text), ...(rule ? [line(say`Rule: ${rule}`)] : []), ...linkBlock(given.link)],
  };
}

/** The reminder that only the IC sees. */
export function updateDue(incident: IncidentState, last: Sentence): RenderedMessage {
  const value = JSON.stringify({ incidentId: incident.incidentId });
  const text = say`An update is due: ${last}.`;
  return {
    text: fallback(text),
    blocks: [
      line(text),
      ...actions([
        button({ label: 'Update', actionId: 'incident_update', value, style: 'primary' }),
        button({ label: 'Silence for 30 min', actionId: 'reminder_silence', value }),
      ]),
    ],
  };
}

/** An authenticated delivery that nobody could read, or that could not be recorded; it is kept. */
export function quarantineNotice(given: {
  path: string;
  reason: string;
  bytes: number;
  wasRead: boolean;
}): RenderedMessage {
  const text = given.wasRead
    ? say`An alert came in that could not be put on record, so it opened no incident. Look at its source now; what was kept of it is in quarantine.`
    : say`An alert could not be read and is kept in quarantine: ${words(given.reason)}`;
  return {
    text: fallback(text),
    blocks: [
      line(text),
      context(
        markup`${literal(cut(given.path, 300))} · ${given.bytes} bytes · \`npm run audit -- list --quarantined\``,
      ),
    ],
  };
}
