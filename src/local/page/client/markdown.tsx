import type { ComponentChildren, JSX } from 'preact';
import { Mention, SafeLink } from './mrkdwn.tsx';

/** The Markdown of documents such as the postmortem: headings, lists, quotes, tables, emphasis. */
export function Markdown({ text }: { text: string }) {
  return <div class="markdown">{chunksOf(text).map(chunk)}</div>;
}

/** Lines that belong together: blank lines and a change of kind separate them. */
function chunksOf(text: string): string[][] {
  const chunks: string[][] = [];
  let kind = '';
  for (const line of text.split('\n')) {
    const now = kindOf(line);
    const last = chunks.at(-1);
    if (last && now === kind && now !== 'blank' && now !== 'heading') last.push(line);
    else if (now !== 'blank') chunks.push([line]);
    kind = now;
  }
  return chunks;
}

function kindOf(line: string): string {
  if (line.trim() === '') return 'blank';
  if (/^#{1,6} /.test(line)) return 'heading';
  if (/^\s*[-*] /.test(line)) return 'list';
  if (line.startsWith('>')) return 'quote';
  if (line.startsWith('|')) return 'table';
  return 'words';
}

function chunk(lines: string[]): JSX.Element {
  const [first = ''] = lines;
  switch (kindOf(first)) {
    case 'heading':
      // The dialog's own title is the level above.
      return /^# /.test(first) ? (
        <p class="markdown-title">{inline(first.slice(2))}</p>
      ) : (
        <h3>{inline(first.replace(/^#+ /, ''))}</h3>
      );
    case 'list':
      return (
        <ul>
          {lines.map((line) => (
            <li>{inline(line.replace(/^\s*[-*] /, ''))}</li>
          ))}
        </ul>
      );
    case 'quote':
      return (
        <blockquote>{inline(lines.map((line) => line.replace(/^> ?/, '')).join('\n'))}</blockquote>
      );
    case 'table':
      return <Table lines={lines} />;
    default:
      return <p class="pre">{inline(lines.join('\n'))}</p>;
  }
}

function Table({ lines }: { lines: string[] }) {
  const rows = lines
    .filter((line) => !/^\|[\s|:-]+\|?$/.test(line))
    .map((line) => line.replace(/^\||\|\s*$/g, '').split('|'));
  return (
    <table>
      <tbody>
        {rows.map((cells) => (
          <tr>
            {cells.map((cell, i) =>
              i === 0 ? <th scope="row">{inline(cell.trim())}</th> : <td>{inline(cell.trim())}</td>,
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const TOKEN =
  /\*\*([^*]+)\*\*|`([^`]+)`|(?<!\w)@([UW][A-Z0-9]{6,20})\b|(https?:\/\/[^\s)]+)|_([^_]+)_(?!\w)/g;

function inline(text: string): ComponentChildren[] {
  const nodes: ComponentChildren[] = [];
  let end = 0;
  for (const found of text.matchAll(TOKEN)) {
    const [all, bold, code, user, url, italic] = found;
    nodes.push(unescaped(text.slice(end, found.index)));
    end = found.index + all.length;
    if (bold !== undefined) nodes.push(<strong>{unescaped(bold)}</strong>);
    else if (code !== undefined) nodes.push(<code>{code}</code>);
    else if (user !== undefined) nodes.push(<Mention id={user} />);
    else if (url !== undefined) nodes.push(<SafeLink url={url}>{url}</SafeLink>);
    else nodes.push(<em>{unescaped(italic ?? '')}</em>);
  }
  nodes.push(unescaped(text.slice(end)));
  return nodes;
}

/** A backslash keeps a mark from being one. */
function unescaped(text: string): string {
  return text.replace(/\\([\\`*_{}[\]()#+\-.!|<>~&])/g, '$1');
}
