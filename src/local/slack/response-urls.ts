import type { FakeRequest } from '../fake-server.ts';
import { json } from '../fake-server.ts';
import type { Reply } from '../fault-board.ts';
import { isObject, type Json } from './block-kit-elements.ts';
import { type Content, checkedContent, post } from './methods-chat.ts';
import { BOT_USER_ID } from './people.ts';
import { SlackError } from './slack-error.ts';
import type { ResponseUrl, Workspace } from './workspace.ts';

/** A response URL lives 30 minutes of the world's time and takes five messages. */
const LIFE_MS = 30 * 60_000;
const MAX_USES = 5;

/** Answers a message sent to a response URL (`POST /response/<id>`). */
export function answerResponseUrl(workspace: Workspace, request: FakeRequest): Reply {
  const target = workspace.responseUrls.get(request.path.slice('/response/'.length));
  if (!target || workspace.clock.nowMs() - target.issuedAtMs > LIFE_MS) {
    return json(404, { ok: false, error: 'expired_url' });
  }
  if (target.uses >= MAX_USES) return json(404, { ok: false, error: 'used_url' });
  try {
    const given: unknown = JSON.parse(request.body.toString('utf8'));
    if (!isObject(given)) throw new SlackError('invalid_payload');
    deliver(workspace, target, given);
  } catch (error) {
    if (error instanceof SlackError) {
      return json(400, { ok: false, error: error.code, ...error.more });
    }
    if (error instanceof SyntaxError) return json(400, { ok: false, error: 'invalid_payload' });
    throw error;
  }
  target.uses += 1;
  return { status: 200, body: 'ok' };
}

function deliver(workspace: Workspace, target: ResponseUrl, given: Json): void {
  if (given.delete_original === true) {
    removeOriginal(workspace, target);
    return;
  }
  const content = checkedContent(workspace, given);
  if (given.replace_original === true) {
    if (replaceOriginal(workspace, target, content)) return;
    throw new SlackError('message_not_found');
  }
  const channel = workspace.channels.get(target.channel);
  if (!channel) throw new SlackError('channel_not_found');
  if (given.response_type === 'in_channel') {
    if (channel.isArchived) throw new SlackError('is_archived');
    post(workspace, channel, content);
    return;
  }
  const { user } = target;
  workspace.addEphemeral({ user, channel: channel.id, via: 'response_url', ...content });
}

function replaceOriginal(workspace: Workspace, target: ResponseUrl, content: Content): boolean {
  const ephemeral = workspace.ephemerals.find(({ ts }) => ts === target.originalTs);
  if (ephemeral) {
    Object.assign(ephemeral, content, { via: 'response_url' });
    if (!content.blocks) delete ephemeral.blocks;
    return true;
  }
  const channel = workspace.channels.get(target.channel);
  const message = channel?.messages.find(({ ts }) => ts === target.originalTs);
  if (!message) return false;
  Object.assign(message, content);
  if (!content.blocks) delete message.blocks;
  message.edited = { user: BOT_USER_ID, ts: workspace.nextTs() };
  return true;
}

function removeOriginal(workspace: Workspace, target: ResponseUrl): void {
  const index = workspace.ephemerals.findIndex(({ ts }) => ts === target.originalTs);
  if (index >= 0) {
    workspace.ephemerals.splice(index, 1);
    return;
  }
  const channel = workspace.channels.get(target.channel);
  const kept = channel?.messages.filter(({ ts }) => ts !== target.originalTs);
  if (!channel || kept?.length === channel.messages.length) {
    throw new SlackError('message_not_found');
  }
  channel.messages = kept ?? [];
}
