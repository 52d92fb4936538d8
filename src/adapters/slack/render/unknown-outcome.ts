import type { KnownBlock } from '@slack/types';
import { manageLink } from '../../../domain/page-links.ts';
import type { ApprovalCard } from '../../../services/room-messages.ts';
import { link, mrkdwn, SECTION_MAX, section } from './block-kit.ts';

/**
 * What a card says while nobody knows whether a publication is public: since when, what our looks
 * saw, when the next one is, and where a person can look.
 */
export function unknownOutcome({ draft, publicUrl }: ApprovalCard): KnownBlock[] {
  const { looks = 0, unasked = 0, unconfirmedAt, nextLookAt } = draft.attempt ?? {};
  const seen = looks === 0 ? 'not looked yet' : `looked ${looks}×, it is not shown`;
  const words = [
    unconfirmedAt ? `Nobody knows since ${timeOfDay(unconfirmedAt)}` : 'Nobody knows',
    seen,
    ...(unasked > 0 ? [`could not ask the page ${unasked}×`] : []),
    nextLookAt ? `next look at ${timeOfDay(nextLookAt)}` : 'a person decides',
  ].join(' · ');
  const look =
    `Look at ${link(publicUrl, 'the status page')} or ` +
    `${link(manageLink(draft.request), 'manage it at Statuspage')}, then say what you see.`;
  return [section(mrkdwn(words, SECTION_MAX)), section(mrkdwn(look, SECTION_MAX))];
}

/** To the second, in the reader's time zone, with UTC for who cannot see that. */
function timeOfDay(at: string): string {
  const epochS = Math.floor(Date.parse(at) / 1_000);
  return `<!date^${epochS}^{time_secs}|${at.slice(11, 19)} UTC>`;
}
