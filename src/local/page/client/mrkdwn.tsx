import type { ComponentChildren } from 'preact';
import { EMOJI } from '../../../domain/emoji-names.ts';
import type { TextObject } from './model.ts';
import { personName } from './names.ts';
import { getState, setUi } from './store.ts';
import { slackDate } from './times.ts';

/** A text object of either kind. */
export function Text({ of }: { of: TextObject | string | undefined }) {
  if (of === undefined) return null;
  if (typeof of === 'string') return <Mrkdwn text={of} />;
  if (of.type === 'mrkdwn') return <Mrkdwn text={of.text} />;
  return <>{plainText(of)}</>;
}

/** What a text object says without any markup, for labels. */
export function plainText(of: TextObject | string | undefined): string {
  if (of === undefined) return '';
  if (typeof of === 'string') return of;
  return of.emoji === false || of.type === 'mrkdwn' ? of.text : withEmoji(of.text);
}

/** Slack's own markup: `*bold*`, `_italic_`, `~struck~`, code, quotes, links, mentions, dates. */
export function Mrkdwn({ text }: { text: string }) {
  const parts = text.split(/```\n?([\s\S]+?)\n?```/);
  return (
    <>
      {parts.map((part, i) =>
        i % 2 === 1 ? <pre key={i}>{unescaped(part)}</pre> : <Quoted key={i} text={part} />,
      )}
    </>
  );
}

/** Lines that begin with `>` are quoted. */
function Quoted({ text }: { text: string }) {
  if (!/^(&gt;|>)/m.test(text)) return <>{inline(text)}</>;
  const groups: { quoted: boolean; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const quoted = /^(&gt;|>)/.test(line);
    const last = groups.at(-1);
    const shown = quoted ? line.replace(/^(&gt;|>)\s?/, '') : line;
    if (last?.quoted === quoted) last.lines.push(shown);
    else groups.push({ quoted, lines: [shown] });
  }
  return (
    <>
      {groups.map(({ quoted, lines }, i) => {
        const content = inline(lines.join('\n'));
        return quoted ? <blockquote key={i}>{content}</blockquote> : <span key={i}>{content}</span>;
      })}
    </>
  );
}

const TOKEN = new RegExp(
  [
    '`([^`\\n]+)`',
    '<([^<>\\n]+)>',
    '(?<![\\w*\\u200b])\\*([^\\s*](?:[^*\\n]*[^\\s*\\u200b])?)\\*(?![\\w*])',
    '(?<![\\w_\\u200b])_([^\\s_](?:[^_\\n]*[^\\s_\\u200b])?)_(?![\\w_])',
    '(?<![\\w~\\u200b])~([^\\s~](?:[^~\\n]*[^\\s~\\u200b])?)~(?![\\w~])',
    '(?<!\\u200b):([a-z0-9_+-]+):',
  ].join('|'),
  'gu',
);

function inline(text: string): ComponentChildren[] {
  const nodes: ComponentChildren[] = [];
  let end = 0;
  for (const found of text.matchAll(TOKEN)) {
    const [all, code, entity, bold, italic, struck, emoji] = found;
    nodes.push(unescaped(text.slice(end, found.index)));
    end = found.index + all.length;
    if (code !== undefined) nodes.push(<code>{unescaped(code)}</code>);
    else if (entity !== undefined) nodes.push(entityNode(entity));
    else if (bold !== undefined) nodes.push(<strong>{inline(bold)}</strong>);
    else if (italic !== undefined) nodes.push(<em>{inline(italic)}</em>);
    else if (struck !== undefined) nodes.push(<s>{inline(struck)}</s>);
    else nodes.push(EMOJI[emoji ?? ''] ?? all);
  }
  nodes.push(unescaped(text.slice(end)));
  return nodes;
}

/** What stands between `<` and `>`. */
function entityNode(entity: string): ComponentChildren {
  const [target = '', label] = entity.split('|');
  if (target.startsWith('@')) return <Mention id={target.slice(1)} />;
  if (target.startsWith('#')) return <ChannelName id={target.slice(1)} label={label} />;
  const date = /^!date\^(\d+)\^([^^]+)/.exec(target);
  if (date) return <time>{slackDate(Number(date[1]), date[2] ?? '')}</time>;
  if (target.startsWith('!')) {
    const word = label ?? target.slice(1).replace(/^subteam\^.*/, 'a user group');
    return <span class="mention">@{unescaped(word)}</span>;
  }
  return <SafeLink url={unescaped(target)}>{unescaped(label ?? target)}</SafeLink>;
}

export function Mention({ id }: { id: string }) {
  return <span class="mention">@{personName(id)}</span>;
}

export function ChannelName({ id, label }: { id: string; label?: string | undefined }) {
  const channel = getState().world.channels[id];
  if (!channel) return <span class="mention">#{label ?? id}</span>;
  return (
    <button type="button" class="mention link" onClick={() => showMessage(id, undefined)}>
      #{channel.name}
    </button>
  );
}

/** A link that cannot run anything and does not take this page away. */
export function SafeLink({ url, children }: { url: string; children: ComponentChildren }) {
  if (!/^(https?:|mailto:)/.test(url)) return <>{children}</>;
  const [, channelId, digits] = /\.slack\.com\/archives\/(\w+)(?:\/p(\d+))?/.exec(url) ?? [];
  if (channelId && getState().world.channels[channelId]) {
    return (
      <button
        type="button"
        class="link"
        onClick={() => showMessage(channelId, digits?.replace(/(\d{6})$/, '.$1'))}
      >
        {children}
      </button>
    );
  }
  return (
    <a href={url} target="_blank" rel="noreferrer">
      {children}
    </a>
  );
}

/** A link into this workspace stays on this page. */
function showMessage(channelId: string, ts: string | undefined): void {
  setUi({ channelId, chainId: '', pane: 'slack' });
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const found = document.querySelector<HTMLElement>(`[data-ts="${ts}"]`);
      found?.scrollIntoView({ block: 'start' });
      found?.focus({ preventScroll: true });
    }),
  );
}

export function withEmoji(text: string): string {
  return text.replace(/:([a-z0-9_+-]+):/g, (all, name: string) => EMOJI[name] ?? all);
}

/** Undoes Slack's three escapes; zero-width spaces were only there to stop its formatting. */
function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll('\u200b', '');
}
