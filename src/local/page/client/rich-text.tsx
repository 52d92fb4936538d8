import type { ComponentChildren, JSX } from 'preact';
import { EMOJI } from '../../../domain/emoji-names.ts';
import { ChannelName, Mention, SafeLink } from './mrkdwn.tsx';
import { slackDate } from './times.ts';

/** Any node of a `rich_text` block; which fields it has depends on `type`. */
type RichNode = {
  type: string;
  elements?: RichNode[];
  text?: string;
  url?: string;
  user_id?: string;
  channel_id?: string;
  name?: string;
  unicode?: string;
  range?: string;
  timestamp?: number;
  format?: string;
  fallback?: string;
  style?: string | { bold?: boolean; italic?: boolean; strike?: boolean; code?: boolean };
};

/** A `rich_text` block: sections, lists, quotes and literal text. */
export function RichText({ elements }: { elements: readonly unknown[] }) {
  return <div class="rich">{elements.map((each) => part(each as RichNode))}</div>;
}

function part(node: RichNode): JSX.Element {
  const inside = (node.elements ?? []).map(leaf);
  switch (node.type) {
    case 'rich_text_preformatted':
      return <pre>{inside}</pre>;
    case 'rich_text_quote':
      return <blockquote>{inside}</blockquote>;
    case 'rich_text_list': {
      const items = (node.elements ?? []).map((item) => <li>{(item.elements ?? []).map(leaf)}</li>);
      return node.style === 'ordered' ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    default:
      return <p>{inside}</p>;
  }
}

function leaf(node: RichNode): ComponentChildren {
  switch (node.type) {
    case 'user':
      return <Mention id={node.user_id ?? ''} />;
    case 'channel':
      return <ChannelName id={node.channel_id ?? ''} />;
    case 'broadcast':
    case 'usergroup':
      return <span class="mention">@{node.range ?? 'a user group'}</span>;
    case 'emoji':
      return EMOJI[node.name ?? ''] ?? `:${node.name}:`;
    case 'date':
      return <time>{slackDate(node.timestamp ?? 0, node.format ?? '{date} {time}')}</time>;
    case 'link':
      return <SafeLink url={node.url ?? ''}>{styled(node, node.text ?? node.url ?? '')}</SafeLink>;
    default:
      return styled(node, node.text ?? '');
  }
}

function styled({ style }: RichNode, text: ComponentChildren): ComponentChildren {
  if (typeof style !== 'object') return text;
  let shown = text;
  if (style.code) shown = <code>{shown}</code>;
  if (style.bold) shown = <strong>{shown}</strong>;
  if (style.italic) shown = <em>{shown}</em>;
  if (style.strike) shown = <s>{shown}</s>;
  return shown;
}
