import type { KnownBlock } from '@slack/types';
import { seenOn, seenText } from '../../../domain/card-seen.ts';
import {
  mixedWords,
  problemsOfCustomerText,
  problemsOfCustomerTitle,
} from '../../../domain/customer-text.ts';
import { type BaseProblem, baseProblem, placeOf } from '../../../domain/draft-base.ts';
import type { DraftState, DraftStatus, IncidentState } from '../../../domain/incident-state.ts';
import {
  COMPONENT_STATE_WORDS,
  PAGE_IMPACT_WORDS,
  PAGE_STATUS_WORDS,
} from '../../../domain/page-words.ts';
import { failureWords, refusalWords } from '../../../domain/refusal-words.ts';
import { joined, oneLine, person, type Sentence, say, words } from '../../../domain/sentence.ts';
import type { ApprovalCard, DraftReference } from '../../../services/room-messages.ts';
import {
  actions,
  BLOCKS_MAX,
  button,
  context,
  cut,
  exact,
  fallback,
  fields,
  header,
  line,
  MESSAGE_TEXT_MAX,
  mrkdwn,
  type RenderedMessage,
  SECTION_MAX,
  section,
  textLength,
  verbatim,
} from './block-kit.ts';
import { BREAK_GLASS_WORDS } from './incident-card.ts';
import { code, instant, link, literal, type Markup, markup, mention, together } from './markup.ts';
import { componentLines, differenceText, publishedBefore } from './page-change.ts';
import { unknownOutcome } from './unknown-outcome.ts';

const HEADINGS: Readonly<Record<DraftStatus, string>> = {
  pending_approval: 'waits for approval',
  approved: 'approved, publishing next',
  publishing: 'is being published',
  unconfirmed: 'unconfirmed: nobody knows whether it is public',
  published: 'published',
  publication_failed: 'could not be published',
  rejected: 'rejected',
  superseded: 'replaced by a newer revision',
  withdrawn: 'withdrawn',
  expired: 'expired',
};
const ACTION_WORDS = {
  create: 'Open an incident on the page',
  update: 'Add an update on the page',
  resolve: 'Resolve the incident on the page',
} as const;
/** Where the words of a text came from. */
export const ORIGIN_WORDS = {
  words: 'a person’s own words',
  proposal: 'proposed by AI, sent in by a person',
  template: 'from the template',
} as const;
const RULE_SHOWN_MAX = 600;
const REASON_SHOWN_MAX = 600;
const MIXED_SHOWN_MAX = 60;
const AUTHORS_SHOWN_MAX = 20;
const BASE_WORDS: Readonly<Record<BaseProblem, string>> = {
  BASE_MOVED:
    'Something else was published since this was written. Edit it once more, so that everybody ' +
    'sees what it would change.',
  BASE_GONE:
    'The incident on the page that this adds to was removed there by another hand. Draft or edit ' +
    'it again: it then opens a new one.',
  BASE_RETURNED:
    'The removed incident that this replaces is on the page again. Edit it once more: it then ' +
    'adds to that one.',
};
const INCOMPLETE_WORDS =
  'This card cannot show everything that would be published, so it cannot be approved. ' +
  'Edit the draft: shorten the text or touch fewer components.';

/**
 * A draft as people decide on it, or its receipt once they have.
 *
 * While it waits it shows the whole request, character by character. If any of it does not fit or
 * cannot be seen, there is no Approve button and the card says why.
 */
export function approvalCard(card: ApprovalCard): RenderedMessage {
  const { draft } = card;
  const heading = say`Status page update · revision ${draft.revision} · ${words(HEADINGS[draft.status])}`;
  const whole = isVisible(card) ? cardBlocks(card, { heading, complete: true }) : undefined;
  const fits = whole && whole.length <= BLOCKS_MAX && textLength(whole) <= MESSAGE_TEXT_MAX;
  return {
    text: fallback(say`${heading}: ${words(draft.request.body.incident.name)}`),
    blocks: fits ? whole : cardBlocks(card, { heading, complete: false }),
  };
}

/** Every piece can be read on a card by itself; whether all fit together is another question. */
function isVisible(card: ApprovalCard): boolean {
  const { name, body } = card.draft.request.body.incident;
  const lines = componentLines(card);
  // The name of an emoji is shown as it stands, as customers would read it.
  const problems = [...problemsOfCustomerText(body), ...problemsOfCustomerTitle(name)];
  return (
    problems.every(({ code }) => code === 'TEXT_HAS_EMOJI_NAMES') &&
    card.rule.length <= RULE_SHOWN_MAX &&
    card.draft.authors.length <= AUTHORS_SHOWN_MAX &&
    lines.every((each) => each.length <= SECTION_MAX)
  );
}

type Shape = { heading: Sentence; complete: boolean };

function cardBlocks(card: ApprovalCard, { heading, complete }: Shape): KnownBlock[] {
  const { draft } = card;
  const { name, body, status, impact_override, deliver_notifications } =
    draft.request.body.incident;
  const difference = differenceText(publishedBefore(card), draft.request);
  return [
    header(heading),
    ...outcome(card),
    ...(complete || draft.status !== 'pending_approval' ? [] : [line([words(INCOMPLETE_WORDS)])]),
    section(mrkdwn(markup`*Title*`, SECTION_MAX)),
    section(exact(name, SECTION_MAX)),
    fields([
      ['Action', literal(ACTION_WORDS[draft.action])],
      ['Public status', literal(PAGE_STATUS_WORDS[status])],
      ['Impact', literal(PAGE_IMPACT_WORDS[impact_override])],
      ['Notify subscribers', deliver_notifications ? markup`yes` : markup`no`],
    ]),
    section(mrkdwn(markup`*Components*`, SECTION_MAX)),
    ...chunks(componentLines(card), complete ? BLOCKS_MAX : 1).map((text) =>
      section(mrkdwn(text, SECTION_MAX)),
    ),
    ...(complete ? overrides(card) : []),
    section(mrkdwn(markup`*Text, exactly as customers will read it*`, SECTION_MAX)),
    verbatim(complete ? body : body.slice(0, SECTION_MAX)),
    ...mixedAlphabets(`${name}\n${body}`),
    ...replacedBlocks(card),
    ...(complete ? differenceBlocks(difference, card) : []),
    ...footer(card),
    ...buttons(card, complete),
  ];
}

/** Letters that look alike may be a slip, or meant to deceive: whoever decides is told. */
function mixedAlphabets(text: string): KnownBlock[] {
  return mixedWords(text).map(({ word, alphabets }) =>
    line(
      say`⚠️ “${words(cut(word, MIXED_SHOWN_MAX))}” mixes letters of alphabets that look alike: ${words(alphabets.join(', '))}. Make sure that this is meant.`,
    ),
  );
}

/** Components that are shown better than another open incident says, each with its reason whole. */
function overrides({ draft, components }: ApprovalCard): KnownBlock[] {
  return (draft.overrides ?? []).map(({ componentId, claimed, incidentId, reason }) => {
    const name = components.find(({ id }) => id === componentId)?.name ?? componentId;
    const state = words(COMPONENT_STATE_WORDS[claimed]);
    const what = say`${words(name)} is shown better than ${words(incidentId)} says (${state})`;
    return line(say`${what}, because: ${words(reason)}`, SECTION_MAX);
  });
}

/** It opens a new incident where another hand removed one; that one's link, as far as it is known. */
function replacedBlocks({ draft, incident }: ApprovalCard): KnownBlock[] {
  if (!draft.replaces) return [];
  const { lastPublication } = incident.page;
  const known =
    lastPublication?.publicationId === draft.basedOn ? lastPublication?.link : undefined;
  const old = known ? markup`: ${link(known, 'what was published there')}` : '';
  const told = markup`Replaces an incident that another hand removed from the page${old}`;
  return [section(mrkdwn(told, SECTION_MAX))];
}

function differenceBlocks(difference: string, card: ApprovalCard): KnownBlock[] {
  const { draft, incident } = card;
  const problem = baseProblem(draft, placeOf(incident.page));
  if (problem) {
    // A receipt outlives what it followed; comparing it with anything else would mislead.
    const waits = draft.status === 'pending_approval';
    return waits ? [line([words(BASE_WORDS[problem])])] : [];
  }
  if (draft.basedOn === null) return [context(markup`First publication of this incident.`)];
  if (difference === '') return [context(markup`No change since the last publication.`)];
  return [
    section(mrkdwn(markup`*Change since the last publication*`, SECTION_MAX)),
    verbatim(difference),
  ];
}

function footer({ draft, rule, breakGlassRule }: ApprovalCard): KnownBlock[] {
  const authors = draft.authors.slice(0, AUTHORS_SHOWN_MAX).map(mention);
  const waits = draft.status === 'pending_approval';
  const from = literal(ORIGIN_WORDS[draft.origin]);
  const writers = authors.length > 0 ? together(authors, ', ') : markup`nobody`;
  return [
    line(say`Rule: ${words(rule)}`, RULE_SHOWN_MAX + 6),
    ...(waits && breakGlassRule
      ? [line(say`Break glass: ${words(breakGlassRule)}`, RULE_SHOWN_MAX)]
      : []),
    context(
      together(
        [
          markup`Digest ${code(draft.digest, 12)}`,
          markup`Written by ${writers}`,
          draft.aiModelId ? markup`${from} ${code(draft.aiModelId)}` : from,
          ...(waits ? [markup`Expires ${instant(draft.expiresAt)}`] : []),
        ],
        ' · ',
      ),
    ),
  ];
}

/** What was decided or happened, as the receipt says it. */
function outcome(card: ApprovalCard): KnownBlock[] {
  const { draft } = card;
  const blocks: KnownBlock[] = [];
  const by = draft.decidedBy ? say` by ${person(draft.decidedBy)}` : [];
  if (draft.status === 'pending_approval' && draft.approvals.length > 0) {
    const [first] = draft.approvals;
    const count = say`${draft.approvals.length} of ${first?.requiredApprovals ?? 1}`;
    blocks.push(line(say`Approved so far: ${count}, ${approvers(draft)}`, REASON_SHOWN_MAX));
  }
  if (['approved', 'publishing', 'published', 'unconfirmed'].includes(draft.status)) {
    const who = approvers(draft);
    if (who.length > 0) blocks.push(line(say`Approved by ${who}`, REASON_SHOWN_MAX));
    blocks.push(...brokenGlass(draft));
  }
  if (draft.status === 'rejected') {
    blocks.push(line(say`${draft.revoked ? 'Approval revoked' : 'Rejected'}${by}`));
  }
  if (draft.status === 'withdrawn') blocks.push(line(say`Withdrawn${by}`));
  if (draft.status === 'published' && draft.publishedLink) {
    const at = draft.publishedAt ? markup` ${instant(draft.publishedAt)}` : '';
    const told = markup`Published${at}: ${link(draft.publishedLink, 'see it on the status page')}`;
    blocks.push(section(mrkdwn(told, SECTION_MAX)));
  }
  if (draft.status === 'unconfirmed') blocks.push(...unknownOutcome(card));
  if (draft.reason) {
    const hasFailed = draft.status === 'publication_failed';
    const why = hasFailed ? failureWords(draft.reason) : words(refusalWords(draft.reason));
    blocks.push(line(say`Reason: ${why}`, REASON_SHOWN_MAX));
  }
  return blocks;
}

function approvers({ approvals }: DraftState): Sentence {
  return joined(
    approvals.map(({ slackUserId }) => person(slackUserId)),
    ', ',
  );
}

/** Who approved alone, in red, and why. */
function brokenGlass({ approvals }: DraftState): KnownBlock[] {
  const alone = approvals.find(({ breakGlassReason }) => breakGlassReason !== undefined);
  if (!alone) return [];
  const reason = words(alone.breakGlassReason ?? '');
  const why = say`Approved alone by ${person(alone.slackUserId)}, because: ${reason}`;
  return [section(mrkdwn(BREAK_GLASS_WORDS, SECTION_MAX)), line(why, REASON_SHOWN_MAX)];
}

function buttons(
  { incident, draft, breakGlassRule }: ApprovalCard,
  complete: boolean,
): KnownBlock[] {
  const value = JSON.stringify(referenceTo(incident, draft));
  if (draft.status === 'publication_failed') {
    return actions([button({ label: 'Draft again', actionId: 'statuspage_draft_again', value })]);
  }
  if (draft.status === 'unconfirmed') {
    return actions([
      button({ label: 'It is there: adopt', actionId: 'statuspage_adopt', value }),
      button({
        label: 'It is not there',
        actionId: 'statuspage_declare_absent',
        value,
        style: 'danger',
        confirm: {
          title: 'Is it really not on the page?',
          text:
            'This ends the publication as failed. If it is public after all, customers may ' +
            'read it twice.',
          yes: 'It is not there',
        },
      }),
    ]);
  }
  const stop = (label: string) =>
    button({ label, actionId: 'statuspage_reject', value, style: 'danger' });
  // Until publishing starts, whoever may approve may take it back.
  if (draft.status === 'approved') return actions([stop('Revoke approval')]);
  if (draft.status !== 'pending_approval') return [];
  const { name, deliver_notifications } = draft.request.body.incident;
  const approve = button({
    label: 'Approve',
    actionId: 'statuspage_approve',
    value,
    style: 'primary',
    confirm: {
      title: 'Publish this to customers?',
      text: `${oneLine(name)}\nNotify subscribers: ${deliver_notifications ? 'yes' : 'no'}`,
      yes: 'Approve and publish',
    },
  });
  const breakGlass = button({ label: 'Break glass…', actionId: 'statuspage_break_glass', value });
  return actions([
    ...(complete ? [approve] : []),
    button({ label: 'Edit', actionId: 'statuspage_edit', value }),
    stop('Reject'),
    button({ label: 'Withdraw', actionId: 'statuspage_withdraw', value }),
    ...(complete && breakGlassRule ? [breakGlass] : []),
  ]);
}

function referenceTo(incident: IncidentState, draft: DraftState): DraftReference {
  const { draftId, revision, digest, request } = draft;
  const seen = seenText(seenOn(incident, draft), request);
  return { incidentId: incident.incidentId, draftId, revision, digest, seen };
}

/** Joins lines into as few texts of section length as possible; at most `max`. */
function chunks(lines: readonly Markup[], max: number): Markup[] {
  const texts: Markup[] = [];
  for (const each of lines) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + each.length + 1 <= SECTION_MAX) {
      texts[texts.length - 1] = together([last, each], '\n');
    } else texts.push(each);
  }
  return texts.slice(0, max);
}
