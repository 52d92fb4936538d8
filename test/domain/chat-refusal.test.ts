import { describe, expect, it } from 'vitest';
import {
  chatRefusalOf,
  chatRefusalSentence,
  chatRefusalWords,
  personRefusalWords,
} from '../../src/domain/chat-refusal.ts';
import { ChatError } from '../../src/domain/errors.ts';

const named = (refusal: string | undefined, needed?: string) => ({ refusal, needed });

describe('chatRefusalWords()', () => {
  it.each([
    [
      'not_in_channel',
      'this app was taken out of the channel',
      'type “/invite @incident-response” there',
    ],
    [
      'is_archived',
      'the channel is archived',
      'unarchive it, then type “/invite @incident-response” there',
    ],
    [
      'token_revoked',
      'this app’s bot token was revoked',
      'install the app again and store its new bot token (runbook, “Slack refuses the token”)',
    ],
    [
      'restricted_action',
      'a setting of the Slack workspace does not allow this to apps',
      'ask an owner of the Slack workspace to allow it to this app',
    ],
    ['no_usable_answer', 'Slack does not answer', 'nothing to do: it is tried again by itself'],
  ])('says why and what to do of %s', (refusal, why, todo) => {
    expect(chatRefusalWords(named(refusal))).toEqual({ why, todo });
  });

  it('names the permission that is missing, where Slack names it', () => {
    expect(chatRefusalWords(named('missing_scope', 'groups:write')).why).toBe(
      'this app lacks a permission in Slack: groups:write',
    );
    for (const odd of [undefined, '', '<!channel>', 'a'.repeat(101)]) {
      expect(chatRefusalWords(named('missing_scope', odd)).why).toBe(
        'this app lacks a permission in Slack',
      );
    }
  });

  it.each([undefined, 'brand_new_error', 'constructor', '__proto__'])(
    'never shows a name that says nothing to people: %s',
    (refusal) => {
      expect(chatRefusalWords(named(refusal))).toEqual({
        why: 'Slack does not allow it, for a reason that we do not know',
        todo: 'tell whoever runs this app: its log names the reason',
      });
    },
  );

  it('has one sentence for a message, and the reason alone for a list of people', () => {
    expect(chatRefusalSentence(named('account_inactive'))).toBe(
      'This app was removed from the Slack workspace, or disabled. ' +
        'Install the app again and store its new bot token (runbook, “Slack refuses the token”).',
    );
    expect(personRefusalWords('user_is_restricted')).toBe('a guest of the workspace');
  });
});

describe('chatRefusalOf()', () => {
  it('reads Slack’s name from an error, and from a reason that went on record', () => {
    const message = 'cannot call chat.postMessage: expected ok, got is_archived';
    const error = new ChatError({
      code: 'CHAT_ROOM_CLOSED',
      message,
      retryable: false,
      refusal: 'is_archived',
    });
    expect(chatRefusalOf(error).refusal).toBe('is_archived');
    expect(chatRefusalOf(message).refusal).toBe('is_archived');
    for (const other of ['an unexpected error', new Error('x'), null]) {
      expect(chatRefusalOf(other).refusal).toBeUndefined();
    }
  });
});
