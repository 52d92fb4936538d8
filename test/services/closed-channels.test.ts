import { beforeEach, describe, expect, it } from 'vitest';
import { personRequest } from './person-request.ts';
import { INCIDENT } from './record-world.ts';
import { ANNOUNCEMENTS, MAYA, useWorker } from './worker-world.ts';

const world = useWorker('memory');
const ROOM = 'C0ROOM1';
const events = () => world.trail.from(INCIDENT, 1);
const types = async () => (await events()).map(({ type }) => type);
const works = () => world.worker().run.run(INCIDENT);

async function declared(): Promise<void> {
  const actor = { kind: 'slack_user', id: MAYA } as const;
  await world.record.run({
    ...{ incidentId: INCIDENT, commandId: 'declared', actor },
    decide: () => ({
      append: 'INCIDENT_DECLARED',
      details: {
        title: 'Checkout is down',
        severity: 'P1',
        severityIsDefault: false,
        service: null,
        declaredIn: null,
      },
    }),
  });
}

async function says(text: string) {
  const { requests } = world.worker();
  const request = personRequest({ by: MAYA, channelId: ROOM, text });
  const { answer } = await requests.act(request, undefined);
  await works();
  return answer;
}

describe('an announcement channel that only some people may post in', () => {
  beforeEach(async () => {
    world.chat.closed.set(ANNOUNCEMENTS, {
      code: 'CHAT_REFUSED',
      refusal: 'restricted_action_read_only_channel',
    });
    await declared();
    await works();
  });

  it('keeps no room from being opened and led to its end', async () => {
    expect(world.chat.rooms).toHaveLength(1);
    await says('note Looked at the logs');
    await says('resolve Rolled back');
    expect(world.chat.lines(ROOM).join('\n')).toContain('Looked at the logs');
    expect(world.chat.lines(ROOM).join('\n')).toContain('Rolled back');
    expect(await types()).toEqual(
      expect.arrayContaining(['WAR_ROOM_ASSEMBLED', 'NOTE_ADDED', 'INCIDENT_RESOLVED']),
    );
    const { actedSeq, state } = (await world.record.load(INCIDENT))!;
    expect(actedSeq).toBe(state.version);
  });
});
