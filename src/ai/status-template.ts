import { problemsOfCustomerTitle } from '../domain/customer-text.ts';
import { CUSTOMER_TITLE_MAX } from '../domain/limits.ts';
import { redact } from './redacted-text.ts';
import type { PublicStatus, StatusFacts } from './status-facts.ts';

/** A public title and text. */
export type StatusText = { title: string; text: string };

/** More names than this do not fit a title that is read at a glance. */
const MAX_NAMES_SHOWN = 4;
/** Characters of one component name. */
const MAX_NAME_CHARS = 60;

/**
 * A public text made without a model: complete sentences, nothing left to fill in, nothing
 * internal. It names components only as customers know them, claims no cause, and promises no time.
 */
export function statusTemplate(facts: Pick<StatusFacts, 'status' | 'componentNames'>): StatusText {
  const affected = affectedNames(facts.componentNames);
  const title = `Problems with ${affected}`;
  return {
    title: title.length <= CUSTOMER_TITLE_MAX ? title : 'Problems with our service',
    text: TEXTS[facts.status](affected),
  };
}

const TEXTS: Record<PublicStatus, (affected: string) => string> = {
  investigating: (affected) =>
    `We are investigating problems with ${affected}. Some customers may see errors or slow ` +
    'responses. We are working to find the cause and will post another update as soon as we ' +
    'know more.',
  identified: (affected) =>
    `We have found the cause of the problems with ${affected} and are working on a fix. Some ` +
    'customers may still see errors or slow responses. We will post another update when the ' +
    'fix is in place.',
  monitoring: (affected) =>
    `A fix for the problems with ${affected} is in place, and we are watching the results. ` +
    'Service should be returning to normal. We will post another update once we are sure that ' +
    'the problems are over.',
  resolved: (affected) =>
    `The problems with ${affected} are resolved, and service is back to normal. We are sorry ` +
    'for the disruption. If you still see problems, please contact our support team.',
};

/** Component names as one phrase. Names that cannot be shown as they are count as "other parts". */
function affectedNames(componentNames: readonly string[]): string {
  const names = [...new Set(componentNames.map((name) => name.trim()))];
  const shown = names.filter(isShowable).slice(0, MAX_NAMES_SHOWN);
  if (shown.length === 0) return 'some of our services';
  const all = shown.length < names.length ? [...shown, 'other parts of our service'] : shown;
  const last = all.at(-1) as string;
  return all.length === 1 ? last : `${all.slice(0, -1).join(', ')} and ${last}`;
}

/** A name that reads as a name: no markup, no placeholder, no identifier, no end of a sentence. */
function isShowable(name: string): boolean {
  return (
    name.length > 0 &&
    name.length <= MAX_NAME_CHARS &&
    /^[\p{L}\p{N}][\p{L}\p{M}\p{N} &/+'’()-]*$/u.test(name) &&
    !/\b(?:tbd|tba|todo|fixme|xxx|placeholder|undefined|null|nan)\b/i.test(name) &&
    problemsOfCustomerTitle(name).length === 0 &&
    redact(name).count === 0
  );
}
