import type { KnownBlock } from '@slack/types';
import type { Receipt } from '../../../domain/receipt.ts';
import { isBreakGlass } from '../../../domain/receipt-text.ts';
import type { RoomMessage } from '../../../services/room-messages.ts';
import {
  context,
  fallback,
  fields,
  header,
  instant,
  line,
  link,
  literal,
  type RenderedMessage,
} from './block-kit.ts';

/** Approvers named; the file names all. */
const APPROVERS_SHOWN_MAX = 5;
const WORDS_SHOWN_MAX = 600;
const ID_SHOWN_MAX = 100;
const ORIGIN_WORDS = {
  words: 'a person’s own words',
  proposal: 'proposed by AI, sent in by a person',
  template: 'from the template',
} as const;

/** A publication's receipt in short, above its file. Red when somebody approved it alone. */
export function receiptNotice({
  receipt,
  fileName,
}: Extract<RoomMessage, { kind: 'receipt' }>): RenderedMessage {
  const { request, chain, publicationId } = receipt;
  const alone = isBreakGlass(receipt);
  const heading = alone ? '🔴 Receipt · break-glass publication' : 'Receipt · published';
  return {
    text: fallback(`${heading}: ${request.body.incident.name}`),
    blocks: [
      header(heading),
      line(request.body.incident.name, WORDS_SHOWN_MAX),
      ...breakGlassLines(receipt),
      line(`Approved by ${approvers(receipt)}. ${rules(receipt)}`, 2 * WORDS_SHOWN_MAX),
      line(`Written by ${people(receipt.drafted.authors)}: ${origin(receipt)}`, WORDS_SHOWN_MAX),
      fields([
        ['Published', `${instant(receipt.publishedAt)}, ${link(receipt.link, 'on the page')}`],
        ['Confirmed', receipt.adopted ? 'found on the page later' : 'by the page'],
        ['Publication', id(publicationId)],
        [
          'Audit trail',
          `event ${chain.published.seq}, after \`${chain.published.prevHash.slice(0, 12)}\``,
        ],
      ]),
      context(
        `Signed: ${id(fileName)} below. Verify it anywhere: ` +
          '`npm run receipt -- verify FILE --key KEY.pem`',
      ),
    ],
  };
}

function breakGlassLines(receipt: Receipt): KnownBlock[] {
  return receipt.approvals.flatMap(({ breakGlass, approver }) =>
    breakGlass
      ? [
          line(
            `🔴 @${userOf(approver)} approved alone. Reason: ${breakGlass.reason}`,
            WORDS_SHOWN_MAX,
          ),
        ]
      : [],
  );
}

function approvers({ approvals }: Receipt): string {
  const shown = approvals
    .slice(0, APPROVERS_SHOWN_MAX)
    .map(({ approver }) => `@${userOf(approver)}`);
  const more = approvals.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

function rules({ approvals }: Receipt): string {
  const words = approvals.map(({ rule, policyIds }) => rule ?? policyIds.join(', '));
  return `Rule: ${[...new Set(words)].join('; ')}`;
}

function origin({ drafted: { origin: from, ai, editedAfterAi } }: Receipt): string {
  const model = ai ? ` (${ai.modelId.slice(0, ID_SHOWN_MAX)})` : '';
  return editedAfterAi
    ? `AI proposed it${model}, people edited it`
    : `${ORIGIN_WORDS[from]}${model}`;
}

function people(ids: readonly string[]): string {
  return (
    ids
      .slice(0, APPROVERS_SHOWN_MAX)
      .map((each) => `@${each}`)
      .join(', ') || 'nobody'
  );
}

function userOf(approver: string): string {
  return approver.split(':').at(-1) ?? approver;
}

function id(text: string): string {
  return `\`${literal(text).replaceAll('`', '').slice(0, ID_SHOWN_MAX)}\``;
}
