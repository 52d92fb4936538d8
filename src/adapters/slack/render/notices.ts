import type { KnownBlock } from '@slack/types';
import type { IncidentState } from '../../../domain/incident-state.ts';
import type { RoomMessage } from '../../../services/room-messages.ts';
import {
  actions,
  button,
  context,
  fallback,
  line,
  link,
  literal,
  mrkdwn,
  type RenderedMessage,
  SECTION_MAX,
  section,
} from './block-kit.ts';

/** A long text is shown in several blocks, so that nothing of it is cut. */
const LINE_CHUNKS_MAX = 4;

/** One visible line, with links of ours, and buttons if something is asked. */
export function plainLine(given: Extract<RoomMessage, { kind: 'line' }>): RenderedMessage {
  const { text, buttons = [] } = given;
  const blocks = [];
  for (let at = 0; at < LINE_CHUNKS_MAX; at += 1) {
    const chunk = text.slice(at * SECTION_MAX, (at + 1) * SECTION_MAX);
    if (chunk !== '' || at === 0) blocks.push(line(chunk));
  }
  const links = [given.link, given.otherLink].filter((to) => to !== undefined);
  return {
    text: fallback([text, ...links.map(({ url }) => url)].join(' ')),
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
    text: fallback(rule ? `${text} Rule: ${rule}` : text),
    blocks: [line(text), ...(rule ? [line(`Rule: ${rule}`)] : []), ...linkBlock(given.link)],
  };
}

/** The reminder that only the IC sees. */
export function updateDue(incident: IncidentState, last: string): RenderedMessage {
  const value = JSON.stringify({ incidentId: incident.incidentId });
  const words = `An update is due: ${last}.`;
  return {
    text: fallback(words),
    blocks: [
      line(words),
      ...actions([
        button({ label: 'Update', actionId: 'incident_update', value, style: 'primary' }),
        button({ label: 'Silence for 30 min', actionId: 'reminder_silence', value }),
      ]),
    ],
  };
}

/** An authenticated delivery that nobody could read; it is kept. */
export function quarantineNotice(given: {
  path: string;
  reason: string;
  bytes: number;
}): RenderedMessage {
  const words = `An alert could not be read and is kept in quarantine: ${given.reason}`;
  return {
    text: fallback(words),
    blocks: [
      line(words),
      context(
        `${literal(given.path).slice(0, 300)} · ${given.bytes} bytes · ` +
          '`npm run audit -- list --quarantined`',
      ),
    ],
  };
}
