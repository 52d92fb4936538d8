import { ChatError, reasonOf } from './errors.ts';

/** Why Slack refused, and what somebody can do about it, in words that people are shown. */
export type ChatRefusalWords = { why: string; todo: string };

/** What is told of a refusal: Slack's own name for it, and the permission it says is missing. */
export type ChatRefusal = Pick<ChatError, 'refusal' | 'needed'>;

const NEW_TOKEN =
  'install the app again and store its new bot token (runbook, “Slack refuses the token”)';
const ASK_ADMIN = 'ask an owner of the Slack workspace to allow it to this app';
/** As docs/slack-app-manifest.json names the app. */
const APP_HANDLE = '@incident-response';
const INVITE_APP = `type “/invite ${APP_HANDLE}” there`;
const UNARCHIVE = `unarchive it, then ${INVITE_APP}`;
const TELL_OPERATOR = 'tell whoever runs this app; it is a fault of ours';
const NOTHING = 'nothing to do';
const WAIT = `${NOTHING}: it is tried again by itself`;

/**
 * Slack's error names, in words. https://docs.slack.dev/reference/methods: each method lists its own,
 * and all of them those of the token and the service.
 */
const WORDS: Readonly<Record<string, readonly [why: string, todo: string]>> = {
  // The app and its token.
  not_authed: ['this app has no bot token', NEW_TOKEN],
  invalid_auth: ['Slack does not accept this app’s bot token', NEW_TOKEN],
  token_revoked: ['this app’s bot token was revoked', NEW_TOKEN],
  token_expired: ['this app’s bot token expired', NEW_TOKEN],
  account_inactive: ['this app was removed from the Slack workspace, or disabled', NEW_TOKEN],
  not_allowed_token_type: ['Slack does not accept this kind of token', NEW_TOKEN],
  missing_scope: [
    'this app lacks a permission in Slack',
    'add it to the app (docs/slack-app-manifest.json lists them all) and install the app again',
  ],
  no_permission: ['this app lacks a permission in Slack', ASK_ADMIN],
  access_denied: ['the Slack workspace denies this to this app', ASK_ADMIN],
  accesslimited: ['the Slack workspace denies this to this app', ASK_ADMIN],
  ekm_access_denied: ['the owners of the Slack workspace suspended it for apps', ASK_ADMIN],
  enterprise_is_restricted: ['the Slack organisation does not allow this to apps', ASK_ADMIN],
  org_login_required: ['the Slack workspace is being moved to an organisation', WAIT],
  team_access_not_granted: ['this app is not installed in that workspace', ASK_ADMIN],
  two_factor_setup_required: ['the Slack workspace asks for two-factor sign-in', ASK_ADMIN],
  restricted_action: ['a setting of the Slack workspace does not allow this to apps', ASK_ADMIN],
  cannot_create_channel: ['the Slack workspace does not let this app create channels', ASK_ADMIN],
  user_is_restricted: ['a guest of the workspace', 'choose a full member'],
  max_channels_reached: ['the Slack workspace has as many channels as it may have', ASK_ADMIN],
  restricted_action_read_only_channel: [
    'only some people may post in that channel',
    'allow this app to post there (channel settings, posting permissions)',
  ],
  restricted_action_thread_only_channel: [
    'that channel allows replies in threads only',
    'allow this app to post there (channel settings, posting permissions)',
  ],
  restricted_action_non_threadable_channel: ['that channel allows no replies', ASK_ADMIN],
  // The channel.
  not_in_channel: ['this app was taken out of the channel', INVITE_APP],
  channel_not_found: [
    'this app cannot see the channel: it was taken out of it, or the channel was archived',
    `${INVITE_APP}, and unarchive it before if need be`,
  ],
  is_inactive: ['the channel is archived', UNARCHIVE],
  is_archived: ['the channel is archived', UNARCHIVE],
  method_not_supported_for_channel_type: ['that kind of channel does not allow this', ASK_ADMIN],
  name_taken: ['another channel, perhaps an archived one, has the name', 'rename that channel'],
  invalid_name: ['Slack does not accept the channel’s name', TELL_OPERATOR],
  invalid_name_required: ['Slack does not accept the channel’s name', TELL_OPERATOR],
  invalid_name_punctuation: ['Slack does not accept the channel’s name', TELL_OPERATOR],
  invalid_name_maxlength: ['Slack does not accept the channel’s name', TELL_OPERATOR],
  invalid_name_specials: ['Slack does not accept the channel’s name', TELL_OPERATOR],
  // People.
  already_in_channel: ['in the channel already', NOTHING],
  user_not_found: ['Slack knows nobody by that id', 'check who was meant'],
  users_not_found: ['Slack knows nobody by that address', 'check the address'],
  user_not_visible: ['this app cannot see that person', 'check who was meant'],
  user_disabled: ['the account is deactivated', 'choose somebody else'],
  cant_invite: [
    'Slack does not let this app invite them',
    'ask somebody in the room to invite them',
  ],
  cant_invite_self: ['that is this app itself', 'choose somebody else'],
  user_is_ultra_restricted: ['a guest of one channel', 'choose a full member'],
  ura_max_channels: ['a guest who is in another channel', 'choose a full member'],
  org_user_not_in_team: ['not a member of this workspace', 'add them to the workspace first'],
  user_team_not_in_channel: ['not a member of this workspace', 'add them to the workspace first'],
  no_such_subteam: ['there is no such user group', 'check the group’s name in config/routing.json'],
  subteam_not_found: [
    'there is no such user group',
    'check the group’s name in config/routing.json',
  ],
  // Messages, pins, bookmarks, files, forms.
  message_not_found: ['the message was deleted', `${NOTHING}: it is posted again if needed`],
  cant_update_message: ['Slack does not let this app edit the message', TELL_OPERATOR],
  edit_window_closed: ['the Slack workspace allows no edits of older messages', ASK_ADMIN],
  msg_too_long: ['the message is too long for Slack', TELL_OPERATOR],
  msg_blocks_too_long: ['the message is too long for Slack', TELL_OPERATOR],
  invalid_blocks: ['Slack cannot read the message', TELL_OPERATOR],
  not_pinnable: ['Slack does not let that be pinned', 'pin it by hand'],
  permission_denied: ['the channel’s settings do not allow this to apps', ASK_ADMIN],
  too_long: ['it is too long for Slack', TELL_OPERATOR],
  file_uploads_disabled: ['the Slack workspace allows no files', ASK_ADMIN],
  file_uploads_except_images_disabled: ['the Slack workspace allows images only', ASK_ADMIN],
  storage_limit_reached: ['the Slack workspace has no room for files', ASK_ADMIN],
  expired_trigger_id: ['Slack gave too little time to open a form', 'press or type it once more'],
  exchanged_trigger_id: ['the form was opened already', 'press or type it once more'],
  // The service.
  ratelimited: ['Slack asks to wait', WAIT],
  rate_limited: ['Slack asks to wait', WAIT],
  fatal_error: ['Slack had a fault of its own', WAIT],
  internal_error: ['Slack had a fault of its own', WAIT],
  service_unavailable: ['Slack does not work now', WAIT],
  request_timeout: ['Slack does not work now', WAIT],
  team_added_to_org: ['the Slack workspace is being moved to an organisation', WAIT],
  no_usable_answer: ['Slack does not answer', WAIT],
};

const UNKNOWN: ChatRefusalWords = {
  why: 'Slack does not allow it, for a reason that we do not know',
  todo: 'tell whoever runs this app: its log names the reason',
};

/**
 * Why Slack refused and what is to be done, for people: never Slack's own name, which says nothing to
 * them. Of an unknown name, that it is unknown.
 */
export function chatRefusalWords({ refusal, needed }: ChatRefusal): ChatRefusalWords {
  const known = refusal !== undefined && Object.hasOwn(WORDS, refusal) ? WORDS[refusal] : undefined;
  if (!known) return UNKNOWN;
  const [why, todo] = known;
  const scope = refusal === 'missing_scope' ? needed?.match(/^[a-z._:,-]{1,100}$/)?.[0] : undefined;
  return { why: scope === undefined ? why : `${why}: ${scope}`, todo };
}

/** Why Slack does not take one person in, for a list of them. */
export function personRefusalWords(refusal: string): string {
  return chatRefusalWords({ refusal, needed: undefined }).why;
}

/** Why something could not be done, for the record and for people: Slack's refusals in words. */
export function reasonInWords(error: unknown): string {
  return error instanceof ChatError ? chatRefusalWords(error).why : reasonOf(error);
}

/** Both, as a sentence each. */
export function chatRefusalSentence(refused: ChatRefusal): string {
  const { why, todo } = chatRefusalWords(refused);
  return `${asSentence(why)} ${asSentence(todo)}`;
}

/** What people have to do, as a sentence; undefined when it is nothing. */
export function taskSentence({ todo }: ChatRefusalWords): string | undefined {
  return todo.startsWith(NOTHING) ? undefined : asSentence(todo);
}

/**
 * Slack's name for what was refused, from an error or from a reason that went on record
 * (`cannot call <method>: expected ok, got <name>`).
 */
export function chatRefusalOf(of: unknown): ChatRefusal {
  if (of instanceof ChatError) return of;
  const named = typeof of === 'string' ? of.match(/expected ok, got ([a-z_0-9]+)$/) : null;
  return { refusal: named?.[1], needed: undefined };
}

/** With a capital and a full stop. */
function asSentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
