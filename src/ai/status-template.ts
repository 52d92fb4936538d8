import { problemsOfCustomerTitle } from '../domain/customer-text.ts';
import { affectedParts, templateText } from '../domain/draft-template.ts';
import { CUSTOMER_TITLE_MAX } from '../domain/limits.ts';
import { redact } from './redacted-text.ts';
import type { StatusFacts } from './status-facts.ts';

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
    text: templateText(facts.status, affected),
  };
}

/** Component names as one phrase. Names that cannot be shown as they are count as "other parts". */
function affectedNames(componentNames: readonly string[]): string {
  const names = [...new Set(componentNames.map((name) => name.trim()))];
  const shown = names.filter(isShowable).slice(0, MAX_NAMES_SHOWN);
  return affectedParts(shown, shown.length < names.length);
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
