import { BUTTON_ACTIONS } from '../../src/services/room-messages.ts';

/** What Slack sends: the parts of requests that cases are made of. */

const WHO = {
  user: { id: 'U04MAYAITO1', username: 'maya.ito', name: 'maya.ito', team_id: 'T0ACME00' },
  api_app_id: 'A0INCIDENT',
  token: 'unused',
  team: { id: 'T0ACME00', domain: 'acme' },
};
const CHANNEL = 'C0ROOM0001';
const INCIDENT = 'inc-20260314-8f2a61c4';
const DRAFT = { draftId: 'd1', revision: 1, digest: 'a'.repeat(64) };

const metadata = (more: object = {}) =>
  JSON.stringify({ incidentId: INCIDENT, channelId: CHANNEL, ...more });
const typed = (value: string) => ({ input: { type: 'plain_text_input', value } });
const chosen = (value: string) => ({
  input: { type: 'static_select', selected_option: { text: {}, value } },
});
const ticked = (...values: string[]) => ({
  input: { type: 'checkboxes', selected_options: values.map((value) => ({ text: {}, value })) },
});
const submission = (callback: string, values: object, more: object = {}) => ({
  type: 'view_submission',
  ...WHO,
  trigger_id: '398738663015.47445629121.803a0bc887a1',
  view: {
    id: 'V0001',
    type: 'modal',
    callback_id: callback,
    private_metadata: metadata(more),
    state: { values },
    blocks: [{ type: 'section', block_id: 'proposal_title', text: { type: 'mrkdwn', text: 'x' } }],
    hash: '156772938.1827394',
  },
  response_urls: [],
});
const click = (actionId: string, value: string) => ({
  type: 'block_actions',
  ...WHO,
  trigger_id: '398738663015.47445629121.803a0bc887a1',
  container: { type: 'message', message_ts: '1548261231.000200', channel_id: CHANNEL },
  channel: { id: CHANNEL, name: 'inc-1' },
  message: { type: 'message', ts: '1548261231.000200', text: 'x' },
  response_url: 'https://hooks.slack.com/actions/T0ACME00/1/x',
  actions: [{ action_id: actionId, block_id: 'b', type: 'button', value, action_ts: '1' }],
});
const draftValues = {
  title: typed('Checkout is slow'),
  text: typed('We are looking into it.'),
  status: chosen('investigating'),
  impact: chosen('minor'),
  notify: chosen('yes'),
  'component:c1': chosen('degraded_performance'),
};

/** Payloads of clicks and submitted forms, one of each kind there is. */
export const INTERACTIONS: readonly unknown[] = [
  ...[...BUTTON_ACTIONS, 'not_ours'].map((action) =>
    click(action, JSON.stringify({ incidentId: INCIDENT, ...DRAFT })),
  ),
  submission('declare', { title: typed('Checkout is down'), severity: chosen('P1') }),
  submission('update', { text: typed('Rolled back.') }),
  submission('note', { text: typed('Seen on three nodes.') }),
  submission('resolve', { summary: typed('Fixed.'), open_draft: ticked('yes') }),
  submission('reject', { reason: typed('Wrong component.') }, { draft: DRAFT }),
  submission('break_glass', { reason: typed('Nobody answers.') }, { draft: DRAFT }),
  submission('draft', draftValues, { draft: DRAFT }),
  submission(
    'draft',
    { ...draftValues, use_proposal: ticked('yes') },
    { proposal: { modelId: 'm', sha256: 'b'.repeat(64) } },
  ),
  { type: 'shortcut', ...WHO, callback_id: 'x' },
  { type: 'view_closed', ...WHO, view: {} },
];

/** Texts behind the slash command. */
export const COMMAND_TEXTS: readonly string[] = [
  '',
  'help',
  'declare Checkout is down',
  'list',
  'status',
  'update Rolled back',
  'note seen',
  'severity P1',
  'ic me',
  'ic @maya',
  'draft investigating Checkout is slow',
  'resolve',
  'resolve fixed',
  'reopen why',
  'cancel drill',
  'checklist done 1',
  'page',
  'explain',
  'draft',
];

/** The fields of a slash command beside its text. */
export const COMMAND: Readonly<Record<string, string>> = {
  token: 'unused',
  team_id: 'T0ACME00',
  team_domain: 'acme',
  channel_id: CHANNEL,
  channel_name: 'inc-1',
  user_id: 'U04MAYAITO1',
  user_name: 'maya.ito',
  command: '/incident-response',
  response_url: 'https://hooks.slack.com/commands/T0ACME00/1/x',
  trigger_id: '398738663015.47445629121.803a0bc887a1',
};

/** Bodies of `/slack/events`. */
export const EVENTS: readonly unknown[] = [
  {
    type: 'url_verification',
    token: 'unused',
    challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
  },
  { type: 'event_callback', team_id: 'T0ACME00', event: { type: 'message', text: 'x' } },
  {
    type: 'event_callback',
    team_id: 'T0ACME00',
    event: { type: 'member_joined_channel', user: 'U04APP00001', channel: CHANNEL },
    authorizations: [{ team_id: 'T0ACME00', user_id: 'U04APP00001', is_bot: true }],
  },
];
