import type { KnownBlock } from '@slack/types';
import type { Receipt } from '../../../domain/receipt.ts';
import { isBreakGlass } from '../../../domain/receipt-text.ts';
import { joined, person, type Sentence, say, words } from '../../../domain/sentence.ts';
import type { RoomMessage } from '../../../services/room-messages.ts';
import { ORIGIN_WORDS } from './approval-card.ts';
import { context, fallback, fields, header, line, type RenderedMessage } from './block-kit.ts';
import { code, instant, link, markup } from './markup.ts';

/** Approvers named; the file names all. */
const APPROVERS_SHOWN_MAX = 5;
const WORDS_SHOWN_MAX = 600;
const ID_SHOWN_MAX = 100;
/** A publication's receipt in short, above its file. Red when somebody approved it alone. */
export function receiptNotice({
  receipt,
  fileName,
}: Extract<RoomMessage, { kind: 'receipt' }>): RenderedMessage {
  const { request, chain, publicationId } = receipt;
  const alone = isBreakGlass(receipt);
  const heading = alone ? say`🔴 Receipt · break-glass publication` : say`Receipt · published`;
  return {
    text: fallback(say`${heading}: ${words(request.body.incident.name)}`),
    blocks: [
      header(heading),
      line([words(request.body.incident.name)], WORDS_SHOWN_MAX),
      ...breakGlassLines(receipt),
      line(say`Approved by ${approvers(receipt)}. ${rules(receipt)}`, 2 * WORDS_SHOWN_MAX),
      line(say`Written by ${people(receipt.drafted.authors)}: ${origin(receipt)}`, WORDS_SHOWN_MAX),
      fields([
        [
          'Published',
          markup`${instant(receipt.publishedAt)}, ${link(receipt.link, 'on the page')}`,
        ],
        ['Confirmed', receipt.adopted ? markup`found on the page later` : markup`by the page`],
        ['Publication', code(publicationId)],
        [
          'Audit trail',
          markup`event ${chain.published.seq}, after ${code(chain.published.prevHash, 12)}`,
        ],
      ]),
      context(
        markup`Signed: ${code(fileName)} below. Verify it anywhere: \`npm run receipt -- verify FILE --key KEY.pem\``,
      ),
    ],
  };
}

function breakGlassLines(receipt: Receipt): KnownBlock[] {
  return receipt.approvals.flatMap(({ breakGlass, approver }) =>
    breakGlass
      ? [
          line(
            say`🔴 ${person(userOf(approver))} approved alone. Reason: ${words(breakGlass.reason)}`,
            WORDS_SHOWN_MAX,
          ),
        ]
      : [],
  );
}

function approvers({ approvals }: Receipt): Sentence {
  const shown = approvals
    .slice(0, APPROVERS_SHOWN_MAX)
    .map(({ approver }) => person(userOf(approver)));
  const more = approvals.length - shown.length;
  const named = joined(shown, ', ');
  return more > 0 ? say`${named} and ${more} more` : named;
}

function rules({ approvals }: Receipt): Sentence {
  const told = approvals.map(({ rule, policyIds }) => rule ?? policyIds.join(', '));
  return say`Rule: ${words([...new Set(told)].join('; '))}`;
}

function origin({ drafted: { origin: from, ai, editedAfterAi } }: Receipt): Sentence {
  const model = ai ? say` (${words(ai.modelId.slice(0, ID_SHOWN_MAX))})` : [];
  return editedAfterAi
    ? say`AI proposed it${model}, people edited it`
    : say`${ORIGIN_WORDS[from]}${model}`;
}

function people(ids: readonly string[]): Sentence {
  if (ids.length === 0) return say`nobody`;
  return joined(ids.slice(0, APPROVERS_SHOWN_MAX).map(person), ', ');
}

function userOf(approver: string): string {
  return approver.split(':').at(-1) ?? approver;
}
