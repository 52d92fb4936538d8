import { sha256Hex } from '../../domain/ids.ts';
import type { AppJoined } from '../../services/app-joined.ts';
import type { PersonRequest } from '../../services/forms.ts';
import { parseSubmission } from './parse-submission.ts';
import { elementValue, objectOf } from './view-fields.ts';

/** A request of a person, with the key that opens one modal for it. */
export type SlackRequest = PersonRequest & { triggerId: string | null };
/** Slack asks whether we are there. `challenge` must be sent back when there is one. */
export type SlackPing = { kind: 'ping'; challenge: string | null };
/** Signed by Slack, and yet not what we can read. `reason` never holds what was sent. */
export type UnreadableRequest = { kind: 'unreadable'; reason: string };

/** Slack's have 52 characters. What is sent back is never as long as somebody likes. */
const CHALLENGE_MAX = 1_000;
/** A longer one would be no key of a row. */
const CHANNEL_ID = /^[CG][A-Z0-9]{2,20}$/;

type Fields = Record<string, unknown>;
type Signed = { requestSha256: string; signedAtS: number };

/**
 * Reads a request whose signature has been verified: a slash command, a click, a submitted modal,
 * or one of Slack's own questions. Never throws.
 *
 * @param headers - names in any case; the signed timestamp is read from them
 * @param rawBody - exactly as signed
 */
export function parseSlackRequest(
  headers: Readonly<Record<string, string | undefined>>,
  rawBody: string,
): SlackRequest | AppJoined | SlackPing | UnreadableRequest {
  const header = (name: string) =>
    Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1] ?? '';
  const signedAtS = Number(header('x-slack-request-timestamp') || Number.NaN);
  if (!Number.isSafeInteger(signedAtS)) return unreadable('no signed timestamp');
  const signed = { requestSha256: sha256Hex(rawBody), signedAtS };
  if (header('content-type').startsWith('application/json')) return parseEvent(rawBody, signed);
  const form = new URLSearchParams(rawBody);
  if (form.get('ssl_check') === '1') return { kind: 'ping', challenge: null };
  const payload = form.get('payload');
  if (payload === null) return parseCommandForm(form, signed);
  let read: unknown;
  try {
    read = JSON.parse(payload);
  } catch {
    return unreadable('payload is not JSON');
  }
  return parseInteraction(objectOf(read), signed);
}

const unreadable = (reason: string): UnreadableRequest => ({ kind: 'unreadable', reason });

/** The check of our address, and somebody who joins a channel, if that is this app. */
function parseEvent(rawBody: string, signed: Signed): AppJoined | SlackPing | UnreadableRequest {
  try {
    const { type, challenge, event, authorizations } = objectOf(JSON.parse(rawBody));
    if (type === 'event_callback') {
      const { type: what, user, channel } = objectOf(event);
      const bots = Array.isArray(authorizations) ? authorizations.map(objectOf) : [];
      const isApp = bots.some((bot) => bot.is_bot === true && bot.user_id === user);
      const channelId = textOrNull(channel);
      const isChannel = channelId !== null && CHANNEL_ID.test(channelId);
      if (what === 'member_joined_channel' && isApp && isChannel) {
        return { kind: 'app_joined', channelId, eventSha256: signed.requestSha256 };
      }
    }
    if (type !== 'url_verification' || typeof challenge !== 'string') {
      return { kind: 'ping', challenge: null };
    }
    if (challenge.length > CHALLENGE_MAX) return unreadable('challenge over 1,000 characters');
    return { kind: 'ping', challenge };
  } catch {
    return unreadable('event is not JSON');
  }
}

function parseCommandForm(form: URLSearchParams, signed: Signed): SlackRequest | UnreadableRequest {
  const userId = userIdOf(form.get('user_id'));
  if (!form.has('command') || !userId) return unreadable('not a slash command');
  return {
    ...signed,
    kind: 'command',
    userId,
    channelId: form.get('channel_id') || null,
    responseUrl: form.get('response_url') || null,
    triggerId: form.get('trigger_id') || null,
    text: (form.get('text') ?? '').toWellFormed(),
  };
}

function parseInteraction(payload: Fields, signed: Signed): SlackRequest | UnreadableRequest {
  // The workspaces that it names say nothing: in an Enterprise organisation the person's is the home
  // workspace, wherever they click, and the request's may be absent. `users.info` says who is ours.
  const userId = userIdOf(objectOf(payload.user).id);
  if (!userId) return unreadable('interaction names nobody');
  const who = { userId };
  const triggerId = textOrNull(payload.trigger_id);
  if (payload.type === 'block_actions') {
    return parseClick(payload, { ...signed, ...who, triggerId });
  }
  if (payload.type !== 'view_submission') return unreadable('unknown kind of interaction');
  const read = parseSubmission(objectOf(payload.view));
  if (!read) return unreadable('not one of our forms');
  const { submitted, channelId, responseUrl } = read;
  return { ...signed, ...who, triggerId, channelId, responseUrl, ...submitted };
}

function parseClick(
  payload: Fields,
  common: Signed & { userId: string; triggerId: string | null },
): SlackRequest | UnreadableRequest {
  // Slack sends one action per click.
  const action = objectOf(Array.isArray(payload.actions) ? payload.actions[0] : undefined);
  const actionId = textOrNull(action.action_id);
  if (!actionId) return unreadable('click names no action');
  const value = elementValue(action);
  const container = objectOf(payload.container);
  return {
    ...common,
    kind: 'click',
    actionId,
    value: Array.isArray(value) ? value.join(',') : (value ?? ''),
    channelId: textOrNull(objectOf(payload.channel).id) ?? textOrNull(container.channel_id),
    messageTs: textOrNull(container.message_ts) ?? textOrNull(objectOf(payload.message).ts),
    responseUrl: textOrNull(payload.response_url),
  };
}

function userIdOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[UW][A-Z0-9]{2,20}$/.test(value) ? value : undefined;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
