import { clickMessage, isInRoom, openFile } from './actions.ts';
import { Blocks } from './blocks.tsx';
import { freshness } from './live.ts';
import type { Message } from './model.ts';
import { Mrkdwn } from './mrkdwn.tsx';
import { findPerson, personName } from './names.ts';
import { Avatar } from './person-switcher.tsx';
import { clockTime, dayTime, tsMs } from './times.ts';

/** One message of a channel; `onlyYou` is one that nobody else sees. */
export function MessageRow(props: {
  message: Message;
  pinned: boolean;
  onlyYou: boolean;
  /** It follows another of the same author at once: the name need not be repeated. */
  follows: boolean;
}) {
  const { message, pinned, onlyYou, follows } = props;
  const person = findPerson(message.user);
  const name = personName(message.user);
  const isApp = onlyYou || !person;
  const inThread = message.thread_ts !== undefined && message.thread_ts !== message.ts;
  const kinds = [
    onlyYou ? 'only-you' : '',
    isApp ? 'from-app' : '',
    inThread ? 'in-thread' : '',
    follows ? 'follows' : '',
    freshness(tsMs(message.ts)),
    (message.blocks?.length ?? 0) > 1 ? 'card' : '',
  ];
  return (
    <article
      class={`message ${kinds.join(' ')}`}
      data-testid="message"
      data-ts={message.ts}
      tabIndex={-1}
    >
      {isApp ? <AppMark /> : <Avatar id={message.user} name={name} />}
      <div class="message-main">
        <p class="message-head">
          <strong>{isApp ? 'Incident Response' : name}</strong>
          {isApp ? <span class="tag">App</span> : null}
          <time title={dayTime(tsMs(message.ts))}>{clockTime(tsMs(message.ts))}</time>
          {onlyYou ? <span class="tag tag-quiet">Only visible to you</span> : null}
          {pinned ? <span class="tag tag-quiet">Pinned</span> : null}
          {inThread ? <span class="tag tag-quiet">In a thread</span> : null}
        </p>
        <Content message={message} />
        {message.edited ? (
          <small class="quiet" title={dayTime(tsMs(message.edited.ts))}>
            (edited {clockTime(tsMs(message.edited.ts))})
          </small>
        ) : null}
        {message.files?.map((file) => (
          <button
            type="button"
            class="file"
            data-testid="open-file"
            onClick={() => void openFile(file.id, file.title)}
          >
            <span aria-hidden="true">📄</span>
            <span>
              <strong>{file.title}</strong>
              <small>{(file.size / 1024).toFixed(1)} KB, open to read</small>
            </span>
          </button>
        ))}
      </div>
    </article>
  );
}

function Content({ message }: { message: Message }) {
  if (message.blocks?.length) {
    const context = {
      place: message.ts,
      mayAct: isInRoom,
      act: (element: Parameters<typeof clickMessage>[1], value: unknown) =>
        clickMessage(message, element, value),
    };
    return <Blocks blocks={message.blocks} context={context} />;
  }
  if (!message.text) return null;
  return (
    <div class="pre">
      <Mrkdwn text={message.text} />
    </div>
  );
}

function AppMark() {
  return (
    <span class="avatar app-mark" aria-hidden="true">
      <svg viewBox="0 0 32 32">
        <title>Incident Response</title>
        <path d="M6 17h5l3-8 4 14 3-6h5" />
      </svg>
    </span>
  );
}
