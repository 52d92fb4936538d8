import { checkMessageBlocks } from './block-kit.ts';
import { isObject, type Json } from './block-kit-elements.ts';
import type { Ack } from './delivery.ts';
import { post, withIds } from './methods-chat.ts';
import { pushView, replaceView } from './methods-views.ts';
import { SlackError } from './slack-error.ts';
import type { OpenView, Workspace } from './workspace.ts';

/** Shows what the app answered to a slash command, or that it did not answer. */
export function recordCommandAck(
  workspace: Workspace,
  input: { user: string; channel: string; ack: Ack; command: string },
): void {
  const { ack, user, channel } = input;
  if (ack.status !== 200) {
    const error = ack.error ?? 'http_service_error';
    const text = `${input.command} failed with the error "${error}"`;
    workspace.addEphemeral({ user, channel, via: 'ack', text });
    return;
  }
  const shown = isObject(ack.json) ? ack.json : { text: ack.body };
  const text = typeof shown.text === 'string' ? shown.text : '';
  const given = Array.isArray(shown.blocks) ? shown.blocks : undefined;
  if (text.trim() === '' && !given?.length) return;
  try {
    const blocks = given ? { blocks: withIds(workspace, checkMessageBlocks(given)) } : {};
    const target = workspace.channels.get(channel);
    if (shown.response_type === 'in_channel' && target) {
      post(workspace, target, { text, ...blocks });
    } else {
      workspace.addEphemeral({ user, channel, via: 'ack', text, ...blocks });
    }
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    const failed = `${input.command} failed with the error "${error.code}"`;
    workspace.addEphemeral({ user, channel, via: 'ack', text: failed });
  }
}

/** Tells the person that a click was not acknowledged in time, or was refused. */
export function recordFailure(workspace: Workspace, user: string, channel: string, ack: Ack): void {
  if (ack.status === 200) return;
  const error = ack.error ?? 'http_service_error';
  const text = `That did not work: the app answered with the error "${error}"`;
  workspace.addEphemeral({ user, channel, via: 'ack', text });
}

/**
 * Does what the app's answer to a submission asks for; without one the view closes.
 * A view whose submission failed stays open, as in Slack.
 *
 * @returns the `response_action` and `errors`, and `problem` when Slack would not accept the answer
 */
export function settleSubmission(workspace: Workspace, open: OpenView, ack: Ack): Json {
  if (ack.status !== 200) return {};
  const answer = isObject(ack.json) ? ack.json : {};
  const action = answer.response_action;
  const stack = workspace.modals.get(open.user) ?? [];
  try {
    switch (action) {
      case undefined:
        workspace.modals.set(
          open.user,
          stack.filter((each) => each !== open),
        );
        return {};
      case 'clear':
        workspace.modals.delete(open.user);
        return { response_action: action };
      case 'errors':
        return { response_action: action, ...showErrors(open, answer.errors) };
      case 'update':
        replaceView(workspace, open, answer.view);
        return { response_action: action, view_id: open.view.id };
      case 'push':
        return {
          response_action: action,
          view_id: pushView(workspace, open.user, answer.view).id,
        };
      default:
        return { problem: `unknown response_action ${String(action)}` };
    }
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    return { response_action: action, problem: error.code, ...error.more };
  }
}

/** Slack ignores errors for blocks that are not input blocks of the view, and says nothing. */
function showErrors(open: OpenView, errors: unknown): Json {
  const inputs = open.view.blocks.filter((block) => block.type === 'input');
  const known = new Set(inputs.map((block) => block.block_id));
  const shown: Record<string, string> = {};
  const unknown: string[] = [];
  for (const [blockId, text] of Object.entries(isObject(errors) ? errors : {})) {
    if (known.has(blockId)) shown[blockId] = String(text);
    else unknown.push(blockId);
  }
  open.errors = shown;
  const problem = unknown.length > 0 ? { problem: `no input block ${unknown.join(' ')}` } : {};
  return { errors: isObject(errors) ? errors : {}, ...problem };
}
