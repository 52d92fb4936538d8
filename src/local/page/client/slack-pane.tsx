import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Composer } from './composer.tsx';
import { MessageRow } from './message.tsx';
import type { Channel, Message } from './model.ts';
import { Mrkdwn } from './mrkdwn.tsx';
import { actingPerson, personName, shownChannel } from './names.ts';
import { PersonSwitcher } from './person-switcher.tsx';
import { getState, setUi } from './store.ts';
import { isUntouched } from './story.ts';

/** The Slack workspace, as the acting person sees it. */
export function SlackPane() {
  const room = shownChannel();
  return (
    <section class="pane slack" id="pane-slack" aria-label="Slack workspace" tabIndex={-1}>
      <div class="slack-side">
        <PersonSwitcher />
        <ChannelList />
      </div>
      {room ? <Room key={room.id} room={room} /> : <p class="empty">Connecting…</p>}
    </section>
  );
}

function ChannelList() {
  const { channels } = getState().world;
  const acting = actingPerson();
  const all = Object.values(channels).filter(
    ({ direct, members }) => !direct || (acting && members.includes(acting.id)),
  );
  const rooms = all.filter((each) => each.private && !each.direct).reverse();
  const direct = all.filter((each) => each.direct);
  return (
    <nav class="channels" aria-label="Channels">
      <h2>Channels</h2>
      <ul>
        {all
          .filter((each) => !each.private)
          .map((channel) => (
            <ChannelLink key={channel.id} channel={channel} />
          ))}
      </ul>
      <h2>War rooms</h2>
      {rooms.length === 0 ? <p class="quiet">None yet</p> : null}
      <ul>
        {rooms.map((channel) => (
          <ChannelLink key={channel.id} channel={channel} />
        ))}
      </ul>
      {direct.length > 0 ? <h2>From the app</h2> : null}
      <ul>
        {direct.map((channel) => (
          <ChannelLink key={channel.id} channel={channel} />
        ))}
      </ul>
    </nav>
  );
}

function ChannelLink({ channel }: { channel: Channel }) {
  const { ui } = getState();
  const acting = actingPerson();
  const isMember = acting ? channel.members.includes(acting.id) : false;
  const seen = ui.seen[channel.id] ?? '';
  const isShown = channel.id === ui.channelId;
  const unread = isShown ? 0 : channel.messages.filter(({ ts }) => ts > seen).length;
  // Every room of a day begins alike; what differs must not be cut off.
  const short = channel.name.replace(/^inc-\d{8}-/, '');
  const name = channel.direct ? 'Incident Response' : short;
  return (
    <li>
      <button
        type="button"
        class={`channel ${isMember ? '' : 'outside-of'} ${unread > 0 ? 'unread' : ''}`}
        aria-current={isShown ? 'true' : undefined}
        title={
          isMember ? channel.name : `${channel.name} (${personName(acting?.id ?? '')} is not in it)`
        }
        data-testid={`channel-${channel.name}`}
        onClick={() => setUi({ channelId: channel.id, chainId: '', pane: 'slack' })}
      >
        <span class="channel-mark" aria-hidden="true">
          {channel.private ? '◆' : '#'}
        </span>
        <span class="channel-name">{name}</span>
        {unread > 0 ? (
          <span class="count">
            {unread}
            <span class="visually-hidden"> new</span>
          </span>
        ) : null}
      </button>
    </li>
  );
}

function Room({ room }: { room: Channel }) {
  const { world } = getState();
  const acting = actingPerson();
  const isMember = acting ? room.members.includes(acting.id) : false;
  const mine = world.ephemerals.filter(
    (each) => each.channel === room.id && each.user === acting?.id,
  );
  const rows: { message: Message; onlyYou: boolean }[] = [
    ...room.messages.map((message) => ({ message, onlyYou: false })),
    ...mine.map((message) => ({ message: message as Message, onlyYou: true })),
  ].sort((a, b) => (a.message.ts < b.message.ts ? -1 : 1));
  const newest = room.messages.at(-1)?.ts ?? '';
  useEffect(() => {
    setUi({ seen: { ...getState().ui.seen, [room.id]: newest } });
  }, [room.id, newest]);
  return (
    <div class="room">
      <RoomHead room={room} />
      <MessageList rows={rows} room={room} isMember={isMember} />
      <Composer />
    </div>
  );
}

function RoomHead({ room }: { room: Channel }) {
  const people = room.members.filter((id) => !id.endsWith('BOT')).map(personName);
  return (
    <header class="room-head">
      <h2 data-testid="room-name">
        <span aria-hidden="true">{room.private ? '◆ ' : '# '}</span>
        {room.direct ? 'Incident Response' : room.name}
      </h2>
      <p class="room-facts">
        {room.topic ? (
          <span class="topic">
            <Mrkdwn text={room.topic} />
          </span>
        ) : null}
        <span title={people.join(', ')} data-testid="room-members">
          {people.length === 1 ? '1 person' : `${people.length} people`}
          <span class="visually-hidden">: {people.join(', ')}</span>
        </span>
        {room.archived ? <span class="tag">Archived</span> : null}
        {room.bookmarks.map(({ id, title, link }) => (
          <a key={id} href={link ?? '#pane-slack'} target="_blank" rel="noreferrer">
            {title}
          </a>
        ))}
      </p>
    </header>
  );
}

function MessageList(props: {
  rows: readonly { message: Message; onlyYou: boolean }[];
  room: Channel;
  isMember: boolean;
}) {
  const { rows, room, isMember } = props;
  const list = useRef<HTMLDivElement>(null);
  const sticks = useRef(true);
  const [isAway, setAway] = useState(false);
  const last = rows.at(-1)?.message.ts;
  const isNew = isUntouched(getState().world, room) && rows.every(({ onlyYou }) => !onlyYou);
  // New messages stay in view, unless somebody is reading further up, or the room has just opened.
  useLayoutEffect(() => {
    const box = list.current;
    if (!box || !sticks.current) return;
    if (isNew) setAway(box.scrollHeight - box.clientHeight >= NEAR_PX);
    else box.scrollTop = box.scrollHeight;
  }, [last, rows.length, isNew]);
  const pinned = new Set(room.pins.map(({ ts }) => ts));
  return (
    <div class="messages-place">
      <div
        ref={list}
        class={`messages ${isMember ? '' : 'seen-from-outside'}`}
        role="log"
        aria-live="polite"
        aria-label={`Messages in ${room.name}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it
        tabIndex={0}
        data-testid="messages"
        onScroll={({ currentTarget: box }) => {
          sticks.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
          setAway(!sticks.current);
        }}
      >
        {rows.length === 0 ? (
          <p class="empty">
            Nothing here yet. When an alert fires, this is where people hear of it.
          </p>
        ) : null}
        {rows.map(({ message, onlyYou }, i) => (
          <MessageRow
            key={message.ts}
            message={message}
            onlyYou={onlyYou}
            pinned={pinned.has(message.ts)}
            follows={!onlyYou && !pinned.has(message.ts) && isSameBreath(rows[i - 1], message)}
          />
        ))}
      </div>
      {isAway ? (
        <button
          type="button"
          class="button newest"
          data-testid="newest"
          onClick={() => list.current?.scrollTo({ top: list.current.scrollHeight })}
        >
          Newest ↓
        </button>
      ) : null}
    </div>
  );
}

const SAME_BREATH_S = 180;
/** So close to its end, a list counts as read to the end. */
const NEAR_PX = 80;

/** Whether a message continues the one before it: same author, soon after, both for everybody. */
function isSameBreath(
  before: { message: Message; onlyYou: boolean } | undefined,
  message: Message,
): boolean {
  if (!before || before.onlyYou || before.message.user !== message.user) return false;
  return Number(message.ts) - Number(before.message.ts) < SAME_BREATH_S;
}
