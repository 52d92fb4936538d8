import { oneLine, type Sentence, say, words } from '../../../domain/sentence.ts';
import type { Notified, RoomMessage } from '../../../services/room-messages.ts';
import {
  context,
  fallback,
  type LineElement,
  line,
  type RenderedMessage,
  SECTION_MAX,
} from './block-kit.ts';
import { link, type Markup, markup, room as roomLink, together } from './markup.ts';

/** Long enough for any text of ours; an incident's title is at most 150. */
const TEXT_SHOWN_MAX = SECTION_MAX;

/**
 * A draft that nobody decided yet. Mentions are elements of their own, never part of a text: only
 * this message can notify a group or a channel, whatever people write elsewhere.
 */
export function approvalWaits(
  given: Extract<RoomMessage, { kind: 'approval_waits' }>,
): RenderedMessage {
  const { text, room, link: to } = given;
  return notifying(given.to, {
    text,
    address: to ? say` ${words(to.url)}` : [],
    place: together([roomLink(room.channelId), ...(to ? [link(to.url, to.title)] : [])], ' · '),
  });
}

/** Somebody has to join: everybody in the channel is notified. */
export function callForHelp({
  text,
  room,
}: Extract<RoomMessage, { kind: 'call_for_help' }>): RenderedMessage {
  const place = room ? roomLink(room.channelId) : markup`There is no war room yet`;
  return notifying('channel', { text, address: [], place });
}

function notifying(
  to: Notified,
  of: { text: Sentence; address: Sentence; place: Markup },
): RenderedMessage {
  const { text, address, place } = of;
  const mentions = mentionsOf(to);
  const before = mentions.flatMap<LineElement>(({ element }, index) =>
    index === 0 ? [element] : [{ type: 'text', text: ' ' }, element],
  );
  if (before.length > 0) before.push({ type: 'text', text: ': ' });
  const called = mentions.length > 0 ? `${mentions.map(({ token }) => token).join(' ')}: ` : '';
  return {
    text: `${called}${fallback(say`${text}${address}`)}`,
    blocks: [line(text, TEXT_SHOWN_MAX, before), context(place)],
  };
}

/** Each mention as a block shows it, and as the notification's text says it. */
function mentionsOf(to: Notified): { element: LineElement; token: string }[] {
  if (to === 'channel') {
    return [{ element: { type: 'broadcast', range: 'channel' }, token: '<!channel>' }];
  }
  return to.groups.map(({ handle, id }) =>
    id === null
      ? {
          element: { type: 'text', text: `@${oneLine(handle)}` },
          token: fallback(say`@${words(handle)}`),
        }
      : { element: { type: 'usergroup', usergroup_id: id }, token: `<!subteam^${id}>` },
  );
}
