import type { PublishRefusal } from './errors.ts';
import { person, type Sentence, say, words } from './sentence.ts';

const WORDS: Readonly<Record<PublishRefusal, string>> = {
  APPROVAL_EXPIRED: 'the approval ran out; it needs to be approved again',
  APPROVALS_MISSING: 'it is not approved by enough people',
  POLICY_CHANGED: 'another approval rule holds by now; it needs to be approved again',
  BASE_MOVED: 'something else was published meanwhile; edit it once more',
  SITUATION_CHANGED:
    'the incident went on after this was written, and the text does not fit any more',
  COMPONENTS_CHANGED: 'the page shows another state of a component than was approved in view of',
  COMPONENT_CLAIMED: 'another open incident says worse of a component; edit it once more',
  BASE_GONE:
    'the incident on the page that it adds to was removed; draft it again to open a new one',
  BASE_RETURNED: 'the removed incident that it replaces is on the page again; edit it once more',
  SECOND_CREATE: 'the incident is on the page already; edit it once more',
  ANOTHER_PUBLICATION_OPEN: 'another publication of this incident has not ended',
  DRAFT_SUPERSEDED: 'a newer revision replaced it',
  DRAFT_REJECTED: 'it was rejected',
  DRAFT_WITHDRAWN: 'it was withdrawn',
  DIGEST_MISMATCH: 'the text does not match what was approved',
  APPROVAL_INVALID: 'the signature of the approval does not hold',
  DRAFT_UNKNOWN: 'there is no such draft',
  WRONG_DEPLOYMENT: 'the approval was given for another deployment',
  TRAIL_CORRUPT: 'the audit trail was changed by another hand',
};

/** Why a publication failed; somebody who declared that it is not on the page is named. */
export function failureWords(reason: string): Sentence {
  const by = /^declared absent by @([UW][A-Z0-9]{2,20})$/.exec(reason)?.[1];
  return by === undefined ? [words(refusalWords(reason))] : say`declared absent by ${person(by)}`;
}

/** Why something was not published, as people read it; words that are no code stay as they are. */
export function refusalWords(reason: string): string {
  return Object.hasOwn(WORDS, reason) ? WORDS[reason as PublishRefusal] : reason;
}
