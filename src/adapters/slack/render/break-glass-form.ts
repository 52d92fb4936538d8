import type { KnownBlock } from '@slack/types';
import { BREAK_GLASS_REASON_MIN } from '../../../domain/break-glass.ts';
import { say, words } from '../../../domain/sentence.ts';
import type { Form } from '../../../services/forms.ts';
import { context, line } from './block-kit.ts';
import { textInput } from './form-inputs.ts';
import { markup } from './markup.ts';

/** The field of the reason; block and action id alike. */
const REASON = 'reason';
const TITLE_SHOWN_MAX = 300;
const WHAT_FOLLOWS =
  'What follows: an alarm goes out beside Slack, and the announcement channel reads your name, ' +
  'the incident and your reason. Somebody else is asked to review it: resolving reminds of it, ' +
  'and it stays open until then. Every report of this incident shows it in red, for good.';

/** What follows when one person publishes alone, and the reason they have to give. */
export function breakGlassBlocks(form: Extract<Form, { kind: 'break_glass' }>): KnownBlock[] {
  const subscribers = form.notify ? 'Subscribers are mailed.' : 'Subscribers are not mailed.';
  return [
    line(
      say`🚨 You approve revision ${form.draft.revision} alone. Nobody else has to agree, and it is ${'published to customers at once.'} ${subscribers}`,
    ),
    line(say`Title: ${words(form.title)}`, TITLE_SHOWN_MAX),
    line([words(WHAT_FOLLOWS)]),
    textInput({
      field: REASON,
      label: 'Why can nobody else approve this now?',
      multiline: true,
    }),
    context(markup`At least ${BREAK_GLASS_REASON_MIN} characters. It stays on the audit trail.`),
  ];
}
