import type { KnownBlock } from '@slack/types';
import { manageLink } from '../../../domain/page-links.ts';
import type { ApprovalCard } from '../../../services/room-messages.ts';
import { mrkdwn, SECTION_MAX, section } from './block-kit.ts';
import { link, markup, timeOfDay, together } from './markup.ts';

/**
 * What a card says while nobody knows whether a publication is public: since when, what our looks
 * saw, when the next one is, and where a person can look.
 */
export function unknownOutcome({ draft, publicUrl }: ApprovalCard): KnownBlock[] {
  const { looks = 0, unasked = 0, unconfirmedAt, nextLookAt } = draft.attempt ?? {};
  const told = [
    unconfirmedAt ? markup`Nobody knows since ${timeOfDay(unconfirmedAt)}` : markup`Nobody knows`,
    looks === 0 ? markup`not looked yet` : markup`looked ${looks}×, it is not shown`,
    ...(unasked > 0 ? [markup`could not ask the page ${unasked}×`] : []),
    nextLookAt ? markup`next look at ${timeOfDay(nextLookAt)}` : markup`a person decides`,
  ];
  const page = link(publicUrl, 'the status page');
  const manage = link(manageLink(draft.request), 'manage it at Statuspage');
  const look = markup`Look at ${page} or ${manage}, then say what you see.`;
  return [together(told, ' · '), look].map((text) => section(mrkdwn(text, SECTION_MAX)));
}
