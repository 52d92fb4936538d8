import { describe, expect, it } from 'vitest';
import { slackPerson } from '../../../src/adapters/slack/slack-person.ts';

const OURS = 'T04EXAMPLE1';
const HOME = 'T09OTHERWS1';
const USER = {
  id: 'U04MAYAITO1',
  deleted: false,
  is_bot: false,
  is_restricted: false,
  is_ultra_restricted: false,
};
const enterprise = (...teams: string[]) => ({
  enterprise_user: { id: 'U04MAYAITO1', enterprise_id: 'E0ORG00001', teams },
});
const kind = (more: object) => slackPerson({ ...USER, ...more }, OURS).kind;

/**
 * Facts, as of 2026-11:
 * - `users.info` in an Enterprise organisation may leave out `team_id` and name all workspaces in
 *   `enterprise_user.teams`, and for some tokens in `teams` (abdolence/slack-morphism-rust#215,
 *   looker/lookerbot#184); `team_id`, where it is there, is the person's home.
 * - A click's `user.team_id` is the home workspace wherever somebody clicks (slackapi/bolt-js#1875),
 *   and that of a person of a connected organisation is theirs (slackapi/java-slack-sdk#1041): so it
 *   does not tell a colleague from a stranger, and only `users.info` decides.
 * - `is_stranger` is false for people of other organisations who share a channel with the app
 *   (the user object's reference), so false proves nothing.
 */
describe('slackPerson()', () => {
  it.each([
    ['the only workspace', { team_id: OURS }],
    ['no team_id, and a list under enterprise_user', enterprise(HOME, OURS)],
    ['no team_id, and a list of teams', { teams: [OURS, HOME] }],
    ['another home, and a list with ours', { team_id: HOME, ...enterprise(HOME, OURS) }],
    ['an empty list beside our team_id', { team_id: OURS, ...enterprise() }],
  ])('takes a member of our workspace for full: %s', (_, more) => {
    expect(kind(more)).toBe('full');
  });

  it.each([
    ['another workspace', { team_id: HOME }],
    ['no workspace at all', {}],
    ['a colleague of the organisation who is not in ours', enterprise(HOME)],
    ['removed from ours, which is still named as home', { team_id: OURS, ...enterprise(HOME) }],
    ['a stranger, whatever lists say', { team_id: OURS, is_stranger: true, ...enterprise(OURS) }],
    ['of a connected organisation, in a channel with us', { team_id: HOME, is_stranger: false }],
  ])('takes everybody else for foreign: %s', (_, more) => {
    expect(kind(more)).toBe('foreign');
  });

  it.each([
    ['guest', { is_restricted: true }],
    ['guest', { is_ultra_restricted: true }],
    ['bot', { is_bot: true }],
    ['deactivated', { deleted: true }],
  ] as const)('keeps a %s of an organisation out', (expected, more) => {
    expect(kind({ ...enterprise(OURS), ...more })).toBe(expected);
  });
});
