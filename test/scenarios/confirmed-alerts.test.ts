import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { AlertGroupSeed } from '../../src/local/oncall/alert-groups.ts';
import { oncallId } from '../../src/local/oncall/alert-groups.ts';
import { type OncallEventType, oncallBody } from '../../src/local/samples/oncall-alert.ts';
import { givenWorld, Incident, PEOPLE } from './war-room.ts';

/*
 * A stock OnCall cannot sign: its bodies prove who sent them, and neither what was sent nor when. So
 * OnCall itself is asked before a room opens or anybody is invited.
 */
const stage = givenWorld();
const BEARER = '/webhooks/grafana-oncall/bearer';

let groups = 0;
const newGroup = () => {
  groups += 1;
  return oncallId('I', `confirmed-${groups}`);
};

/** OnCall has this group, whatever webhooks say of it. */
function oncallHas(group: string, of: AlertGroupSeed = {}): void {
  stage.world.oncall.groups.seed({
    id: group,
    title: 'checkout-api 5xx ratio above 5%',
    labels: { service_name: 'checkout-api', severity: 'critical' },
    ...of,
  });
}

/** Somebody who holds the token sends a webhook about a group. */
async function sends(
  group: string,
  type: OncallEventType = 'alert group created',
  of: { minutesAgo?: number; change?: (body: Record<string, unknown>) => void } = {},
): Promise<void> {
  const nowMs = stage.world.clock.nowMs();
  const body = oncallBody({
    type,
    groupId: group,
    atMs: nowMs - (of.minutesAgo ?? 0) * 60_000,
    title: 'what the sender says',
    message: 'm',
    labels: { service_name: 'web-frontend', severity: 'warning' },
    integration: { id: 'CW3BK8FRN5TQZ', team: 'Web' },
  });
  of.change?.(body);
  expect(await stage.posts(BEARER, Buffer.from(JSON.stringify(body)))).toBe(202);
  await stage.settle();
}

async function incidentsOf(group: string): Promise<Incident[]> {
  const ids = await stage.incidentsOf(group);
  return ids.map((id) => new Incident(stage, id, undefined as never));
}

async function onlyIncidentOf(group: string): Promise<Incident> {
  const [incident, ...more] = await incidentsOf(group);
  if (!incident || more.length > 0)
    throw new Error(`expected one incident, got ${more.length + 1}`);
  return incident;
}

/** What the day's intake chain says of a group. */
async function unmatched(group: string): Promise<string[]> {
  const trails = [...(await stage.actors.trails()).entries()];
  const intake = trails.filter(([id]) => id.startsWith('intake-')).flatMap(([, events]) => events);
  return intake.flatMap((event: AuditEvent) =>
    event.type === 'ALERT_UNMATCHED' && event.details.group === group ? [event.details.reason] : [],
  );
}

const announced = async () => {
  const [announcements] = await stage.actors.channels();
  return announcements?.messages.map(({ text }) => text) ?? [];
};

describe('an alert with a valid token for a group that OnCall does not know', () => {
  it('opens nothing and invites nobody; it is on record, and said once', async () => {
    const rooms = (await stage.actors.channels()).length;
    const invitations = stage.countOf('slack', 'conversations.invite');
    const [first, second] = [newGroup(), newGroup()];
    await sends(first);
    await sends(second, 'escalation');
    await stage.passes({ minutes: 2 });
    expect(await stage.incidentsOf(first)).toEqual([]);
    expect(await stage.incidentsOf(second)).toEqual([]);
    expect(await stage.actors.channels()).toHaveLength(rooms);
    expect(stage.countOf('slack', 'conversations.invite')).toBe(invitations);
    expect(await unmatched(first)).toEqual(['OnCall knows no such alert group']);
    expect(await unmatched(second)).toEqual(['OnCall knows no such alert group']);
    const notices = (await announced()).filter((text) => text.includes('OnCall does not know'));
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain(first);
  });

  it('is one event however often it is sent', async () => {
    const group = newGroup();
    for (let n = 0; n < 4; n += 1) await sends(group, 'alert group created', { minutesAgo: 0 });
    expect((await unmatched(group)).length).toBeGreaterThan(0);
    expect(await stage.incidentsOf(group)).toEqual([]);
  });

  it('is refused whatever its id is made of', async () => {
    for (const group of ['../users/U8KQZ4MWX7RNB', 'I1?state=new', 'I'.repeat(400)]) {
      await sends(group);
      expect(await stage.incidentsOf(group)).toEqual([]);
      expect(await unmatched(group)).toEqual(['OnCall knows no such alert group']);
    }
  });
});

describe('an alert that OnCall confirms', () => {
  it('opens a room with OnCall’s own title, severity and service, and says so on record', async () => {
    const group = newGroup();
    oncallHas(group);
    await sends(group);
    const incident = await onlyIncidentOf(group);
    const opened = await incident.last('INCIDENT_OPENED');
    expect(opened.details).toMatchObject({
      title: 'checkout-api 5xx ratio above 5%',
      severity: 'P1',
      service: 'checkout-api',
      confirmed: 'yes',
    });
    expect((await incident.last('ALERT_RECEIVED')).details).toMatchObject({ confirmed: 'yes' });
    await incident.expectRoomPost(/could not be asked/, 0);
  });

  it('invites by the address that OnCall has on file, never by one of the body', async () => {
    const group = newGroup();
    oncallHas(group);
    await sends(group, 'escalation', {
      change: (body) => {
        body.users_to_be_notified = [
          { id: 'U7NVBZ6HJ4MCA', username: 'tomas.novak', email: 'sam.okafor@example.com' },
          { id: 'UNOBODY000000', username: 'sam', email: 'sam.okafor@example.com' },
        ];
      },
    });
    const incident = await onlyIncidentOf(group);
    const room = await stage.actors.channel(await incident.room());
    expect(room.members).toContain(PEOPLE.tomas);
    expect(room.members).not.toContain(PEOPLE.sam);
  });

  it('is acknowledged when OnCall says so, though the webhook of that came first or never', async () => {
    const group = newGroup();
    oncallHas(group, { state: 'acknowledged', acknowledged_by: 'U8KQZ4MWX7RNB' });
    await sends(group);
    const incident = await onlyIncidentOf(group);
    const acknowledged = await incident.last('ALERT_ACKNOWLEDGED');
    expect(acknowledged.details.by).toEqual({ id: 'U8KQZ4MWX7RNB', username: 'maya.ito' });
    expect(await incident.count('ALERT_ACKNOWLEDGED')).toBe(1);
  });

  it.each(['alert group created', 'escalation', 'acknowledge', 'unresolve'] as const)(
    'opens nothing when %s comes after OnCall resolved the group',
    async (type) => {
      const group = newGroup();
      oncallHas(group, { state: 'resolved' });
      await sends(group, type, { minutesAgo: type === 'escalation' ? 0 : 5 });
      expect(await stage.incidentsOf(group)).toEqual([]);
      expect((await unmatched(group)).length).toBeGreaterThan(0);
    },
  );

  it('is not taken for resolved by a webhook that OnCall does not bear out', async () => {
    const group = newGroup();
    oncallHas(group);
    await sends(group);
    await sends(group, 'resolve');
    const incident = await onlyIncidentOf(group);
    expect(await incident.count('ALERT_RESOLVED')).toBe(0);
    expect(await incident.count('ALERT_RECEIVED')).toBe(2);
    oncallHas(group, { state: 'resolved', resolved_by: 'U3TYH9LPV6CDS' });
    await sends(group, 'resolve');
    expect((await incident.last('ALERT_RESOLVED')).details.by?.username).toBe('jonas.berg');
  });

  it('of the shipped sample is known, and follows what its webhooks say', async () => {
    await sends('I7FQ3N5ZK8WTB');
    await sends('I7FQ3N5ZK8WTB', 'acknowledge');
    const incident = await onlyIncidentOf('I7FQ3N5ZK8WTB');
    expect(await incident.count('ALERT_ACKNOWLEDGED')).toBe(1);
  });
});

describe('OnCall’s API cannot be asked', () => {
  const WAYS = [
    ['answers 500', { status: 500 }],
    ['refuses the token', { status: 403 }],
    ['drops the connection', { effect: 'none', answer: 'drop' }],
    ['never answers', { answer: 'never' }],
  ] as const;

  it.each(WAYS)(
    'because it %s: the room opens all the same, and says so once',
    async (_how, how) => {
      const group = newGroup();
      stage.fault('oncall', { match: 'get_alert_group', times: 0, ...how });
      await sends(group);
      await sends(group, 'escalation');
      const incident = await onlyIncidentOf(group);
      const opened = await incident.last('INCIDENT_OPENED');
      expect(opened.details).toMatchObject({
        confirmed: 'no',
        unconfirmedBecause: 'unavailable',
        title: 'what the sender says',
      });
      await incident.expectRoomPost('OnCall could not be asked whether this alert is real', 1);
      const room = await stage.actors.channel(await incident.room());
      expect(room.members).toContain(PEOPLE.jonas);
    },
    20_000,
  );

  it('because its limit is used up: the room opens, and the body chooses nobody', async () => {
    const group = newGroup();
    stage.fault('oncall', { match: 'get_alert_group', times: 0, status: 429, retryAfterS: 60 });
    await sends(group, 'escalation', {
      change: (body) => {
        body.users_to_be_notified = [
          { id: 'USAM000000000', username: 'sam', email: 'sam.okafor@example.com' },
        ];
      },
    });
    const incident = await onlyIncidentOf(group);
    expect((await incident.last('INCIDENT_OPENED')).details.unconfirmedBecause).toBe(
      'rate_limited',
    );
    const room = await stage.actors.channel(await incident.room());
    expect(room.members).not.toContain(PEOPLE.sam);
  });

  it('and does not know the group when it can be asked again: the room is told', async () => {
    const group = newGroup();
    stage.fault('oncall', { match: '*', times: 0, status: 500 });
    await sends(group);
    const incident = await onlyIncidentOf(group);
    await stage.passes({ minutes: 2 });
    expect(await incident.count('NOTE_ADDED')).toBe(0);
    stage.clearFaults();
    await stage.passes({ minutes: 3 });
    expect(await incident.count('NOTE_ADDED')).toBe(1);
    await incident.expectRoomPost(/knows no alert group of this incident/, 1);
  }, 30_000);
});
