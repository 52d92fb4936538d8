import { beforeEach, describe, expect, it } from 'vitest';
import { OnCallError } from '../../src/domain/errors.ts';
import { incidentIdOfAlertGroup } from '../../src/domain/ids.ts';
import type { Paged } from '../../src/services/pager.ts';
import { alertMessage, onCall } from './alert-messages.ts';
import { personRequest, plain } from './person-request.ts';
import { ANNOUNCEMENTS, MAYA, useWorker } from './worker-world.ts';

const world = useWorker('memory');
const ROOM = 'C0ROOM1';
const JONAS = 'U0JONAS';
const INCIDENT = incidentIdOfAlertGroup({ source: 'grafana-oncall', group: 'GROUP1', episode: 1 });
let asked: { group: string; people: readonly Paged[] }[];

/** An alert of OnCall opened it; Maya is in its room, and OnCall pages whoever it knows. */
beforeEach(async () => {
  asked = [];
  world.pager = {
    page: async (group, people) => {
      asked.push({ group, people });
      const ids = people.map(({ userId }) => userId);
      const isKnown = (id: string) => id !== 'U0LENA';
      const reason = 'OnCall knows nobody by their Slack account or address';
      return {
        paged: ids.filter(isKnown),
        notPaged: ids.filter((id) => !isKnown(id)).map((userId) => ({ userId, reason })),
      };
    },
  };
  const alert = alertMessage(onCall('alert group created', { time: '2026-11-20T09:00:00Z' }));
  await world.worker().receive.receive(alert);
  await world.worker().run.run(INCIDENT);
});

const request = (text: string, channelId = ROOM) => personRequest({ by: MAYA, channelId, text });
const act = async (given: ReturnType<typeof request>) =>
  plain((await world.worker().requests.act(given, undefined)).answer);

describe('page @person', () => {
  it('pages them on the alert group, on record, and the room sees it', async () => {
    expect(await act(request(`page <@${JONAS}>`))).toEqual({
      kind: 'line',
      text: 'Paged by OnCall: @U0JONAS.',
    });
    expect(asked).toEqual([{ group: 'GROUP1', people: [{ userId: JONAS, email: null }] }]);
    expect((await world.trail.from(INCIDENT, 1)).at(-1)).toMatchObject({
      type: 'RESPONDER_PAGED',
      actor: { id: MAYA },
      details: { slackUserId: JONAS, through: 'OnCall' },
    });
    await world.worker().run.run(INCIDENT);
    expect(world.chat.lines(ROOM)).toContain('@U0MAYA paged @U0JONAS by OnCall.');
  });

  it('delivered again pages nobody again; another command does', async () => {
    const once = request(`page <@${JONAS}>`);
    await act(once);
    expect(await act(once)).toMatchObject({ text: 'They were paged by that command already.' });
    expect(asked.flatMap(({ people }) => people)).toHaveLength(1);
    await act(request(`page <@${JONAS}>`));
    expect(asked.flatMap(({ people }) => people)).toHaveLength(2);
  });

  it('says who could not be paged, and why, and pages the others', async () => {
    world.chat.kinds.set('U0GUEST', 'guest');
    expect(await act(request(`page <@${JONAS}> <@U0LENA> <@U0GUEST>`))).toEqual({
      kind: 'refusal',
      text:
        'Paged by OnCall: @U0JONAS. Could not page @U0GUEST: guests may read the room but not act ' +
        'in it; @U0LENA: OnCall knows nobody by their Slack account or address.',
    });
  });

  it.each([
    ['ONCALL_REFUSED', /^OnCall did not page anybody: the alert may be resolved there/],
    ['ONCALL_RATE_LIMITED', /^OnCall is asked too much just now, so nobody was paged\./],
    ['ONCALL_UNAVAILABLE', /nobody can tell whether anybody was paged\. Call them by phone/],
  ] as const)('says what to do when OnCall fails with %s', async (code, words) => {
    world.pager = {
      page: async () => {
        throw new OnCallError({ code, message: 'cannot page', retryable: false });
      },
    };
    const answer = await act(request(`page <@${JONAS}>`));
    expect(answer).toMatchObject({ kind: 'refusal', text: expect.stringMatching(words) });
    const types = (await world.trail.from(INCIDENT, 1)).map(({ type }) => type);
    expect(types).not.toContain('RESPONDER_PAGED');
  });

  it('says how to page where nothing that pages is connected', async () => {
    world.pager = undefined;
    expect(await act(request(`page <@${JONAS}>`))).toMatchObject({
      kind: 'refusal',
      text: expect.stringMatching(
        /^Nobody can be paged from here: OnCall is not connected\. Page them where/,
      ),
    });
  });

  it('says so of an incident that OnCall has no alert group of', async () => {
    const declared = request('declare Search is slow', ANNOUNCEMENTS);
    const { incidentId } = await world.worker().requests.act(declared, undefined);
    await world.worker().run.run(incidentId ?? '');
    expect(await act(request(`page <@${JONAS}>`, 'C0ROOM2'))).toMatchObject({
      text: expect.stringMatching(/this incident is of no alert group in OnCall/),
    });
    expect(asked).toEqual([]);
  });
});
