import { describe, expect, it } from 'vitest';
import { fixtureBytes } from '../domain/alerts/fixture.ts';
import { givenWorld } from './war-room.ts';

const ONCALL = '/webhooks/grafana-oncall';
const BEARER = '/webhooks/grafana-oncall/bearer';
const ALERTING = '/webhooks/grafana-alerting';

/** A stored body as it came, but of a group of its own, so that each is the first of its group. */
function ofGroup(file: string, group: string): Uint8Array {
  const text = Buffer.from(fixtureBytes(file)).toString('latin1');
  const own = text
    .replaceAll('I7FQ3N5ZK8WTB', group)
    .replaceAll('CheckoutHighErrorRate', group)
    .replaceAll('a585c8d3ec95bfed', `${group.toLowerCase()}`.slice(0, 16).padEnd(16, '0'));
  return Buffer.from(own, 'latin1');
}

const OPENING: readonly (readonly [string, string, string])[] = [
  ['oncall.created.json', ONCALL, 'ALERT_RECEIVED'],
  ['oncall.created.old-name-firing.json', ONCALL, 'ALERT_RECEIVED'],
  ['oncall.created.alerting-payload.json', ONCALL, 'ALERT_RECEIVED'],
  ['oncall.created.labels-array.json', ONCALL, 'ALERT_RECEIVED'],
  ['oncall.created.lone-surrogate.json', ONCALL, 'ALERT_RECEIVED'],
  ['oncall.created.wiped-nulls.json', ONCALL, 'ALERT_RECEIVED'],
  ['oncall.escalation.json', BEARER, 'ALERT_RECEIVED'],
  ['oncall.acknowledge.json', ONCALL, 'ALERT_ACKNOWLEDGED'],
  ['oncall.acknowledge.null-time.json', ONCALL, 'ALERT_ACKNOWLEDGED'],
  ['oncall.acknowledge.labels-object.json', ONCALL, 'ALERT_ACKNOWLEDGED'],
  ['oncall.silence.json', ONCALL, 'ALERT_SILENCED'],
  ['oncall.silence.forever.json', ONCALL, 'ALERT_SILENCED'],
  ['irm.resolution-note-added.unknown-type.json', ONCALL, 'ALERT_RECEIVED'],
  ['alerting.firing.json', ALERTING, 'ALERT_RECEIVED'],
  ['alerting.firing.repeated-later.json', ALERTING, 'ALERT_RECEIVED'],
  ['alerting.mixed.truncated-old-shape.json', ALERTING, 'ALERT_RECEIVED'],
];
const UNMATCHED: readonly (readonly [string, string])[] = [
  ['oncall.resolve.by-user.json', ONCALL],
  ['oncall.resolve.by-source.json', BEARER],
  ['oncall.unresolve.no-time.json', ONCALL],
  ['oncall.unsilence.no-time.json', ONCALL],
  ['oncall.unacknowledge.no-time.json', ONCALL],
  ['oncall.personal-notification.json', ONCALL],
  ['alerting.resolved.json', ALERTING],
  ['alerting.test-notification.json', ALERTING],
];
const QUARANTINED: readonly (readonly [string, string])[] = [
  ['oncall.created.cut-off.json', ONCALL],
  ['oncall.created.nan-number.json', ONCALL],
  ['oncall.legacy.no-envelope.json', ONCALL],
  ['oncall.templated.not-json.txt', BEARER],
  ['irm.incident-declared.no-alert-group.json', ONCALL],
  ['irm.legacy-incident.event-is-text.json', ONCALL],
  ['alerting.custom-payload.no-envelope.json', ALERTING],
];

/** Most of the stored bodies are about one service; closer together they would be an alert storm. */
const APART_MS = 40_000;

describe('every stored delivery, posted to its path', () => {
  const stage = givenWorld();
  let groups = 0;
  const newGroup = () => {
    groups += 1;
    return `G${String(groups).padStart(12, '0')}`;
  };
  /** OnCall knows the group by the time its webhook arrives; a bearer delivery is checked there. */
  const known = (body: Uint8Array) => {
    stage.world.oncall.groups.register(JSON.parse(Buffer.from(body).toString()));
    return body;
  };

  it.each(OPENING)('%s to %s opens an incident with %s', async (file, path, type) => {
    const group = newGroup();
    stage.world.clock.advance(APART_MS);
    expect(await stage.posts(path, known(ofGroup(file, group)))).toBe(202);
    await stage.settle();
    const [incidentId, ...others] = await stage.incidentsOf(group);
    expect(others).toEqual([]);
    const types = (await stage.actors.trail(incidentId ?? '')).map((event) => event.type);
    expect(types.slice(0, 2)).toEqual(['INCIDENT_OPENED', type]);
    expect(types).toContain('WAR_ROOM_ASSEMBLED');
  });

  it.each(UNMATCHED)('%s to %s opens nothing and is on the intake chain', async (file, path) => {
    const group = newGroup();
    expect(await stage.posts(path, known(ofGroup(file, group)))).toBe(202);
    await stage.settle();
    expect(await stage.incidentsOf(group)).toEqual([]);
    const intake = [...(await stage.actors.trails()).values()].flat();
    expect(intake.at(-1) && intake.filter(({ type }) => type === 'ALERT_UNMATCHED').length).toBe(
      UNMATCHED.findIndex(([each]) => each === file) + 1,
    );
  });

  it.each(QUARANTINED)('%s to %s is kept, on record and shown', async (file, path) => {
    expect(await stage.posts(path, ofGroup(file, newGroup()))).toBe(202);
    await stage.settle();
    const chains = [...(await stage.actors.trails()).values()].flat();
    const kept = chains.filter(({ type }) => type === 'ALERT_QUARANTINED');
    expect(kept).toHaveLength(QUARANTINED.findIndex(([each]) => each === file) + 1);
    const [announcements] = await stage.actors.channels();
    const notices = announcements?.messages.filter(({ text }) => text.includes('quarantine'));
    expect(notices).toHaveLength(kept.length);
  });
});

describe('an alert group', () => {
  const stage = givenWorld();

  it('delivered five times makes one incident, room, card and invitation each', async () => {
    const incident = await stage.fires('checkout-errors', 'escalation');
    const before = await incident.types();
    for (let i = 0; i < 4; i += 1)
      await incident.alertSays('escalation', incident.firing.startedAtMs);
    expect(await incident.types()).toEqual(before);
    expect(before.filter((type) => type === 'RESPONDER_INVITED')).toHaveLength(2);
    expect(await stage.incidentsOf(incident.firing.key)).toHaveLength(1);
    const rooms = (await stage.actors.channels()).filter(({ name }) => name.startsWith('inc-'));
    expect(rooms).toHaveLength(1);
    await incident.expectRoomPost('P1 checkout-api 5xx ratio above 5%');
    await incident.expectRoomPost('Checklist');
  });

  it('delivered five times at once makes one incident too', async () => {
    const firing = await stage.actors.fires('payments-latency');
    const again = () => stage.actors.sends(firing, 'escalation', firing.startedAtMs);
    await Promise.all([again(), again(), again(), again()]);
    await stage.settle();
    const incident = await stage.incidentOf(firing);
    expect(await incident.count('ALERT_RECEIVED')).toBe(1);
    expect(await incident.count('WAR_ROOM_CREATED')).toBe(1);
  });

  it('shows what happens at its source in the room', async () => {
    const incident = await stage.fires('checkout-errors');
    for (const type of ['acknowledge', 'unacknowledge', 'silence', 'unsilence'] as const) {
      stage.world.clock.advance(1_000);
      await incident.alertSays(type);
    }
    stage.world.clock.advance(1_000);
    await incident.alertSays('resolve');
    stage.world.clock.advance(1_000);
    await incident.alertSays('unresolve');
    await incident.expectTrail([
      'ALERT_RECEIVED',
      'ALERT_ACKNOWLEDGED',
      'ALERT_UNACKNOWLEDGED',
      'ALERT_SILENCED',
      'ALERT_UNSILENCED',
      'ALERT_RESOLVED',
      'ALERT_UNRESOLVED',
    ]);
    await incident.expectRoomPost('maya.ito acknowledged the alert');
    await incident.expectRoomPost('took back the acknowledgement');
    await incident.expectRoomPost(/silenced the alert until \d\d:\d\d UTC/);
    await incident.expectRoomPost('no longer silenced');
    await incident.expectRoomPost('The alert was resolved by');
    await incident.expectRoomPost('firing again');
    expect(await incident.buttons('The alert was resolved by')).toEqual(['incident_resolve']);
    expect(await incident.count('INCIDENT_RESOLVED')).toBe(0);
  });

  it('whose acknowledgement overtakes its creation opens one incident and says both', async () => {
    const nowMs = stage.world.clock.nowMs();
    const firing = await stage.actors.fires('checkout-errors', 'acknowledge');
    await stage.actors.sends(firing, 'alert group created', nowMs);
    await stage.settle();
    const incident = await stage.incidentOf(firing);
    await incident.expectTrail(['INCIDENT_OPENED', 'ALERT_ACKNOWLEDGED', 'ALERT_RECEIVED']);
    await incident.expectRoomPost('acknowledged the alert');
    await incident.expectRoomPost('Checklist');
  });

  it('acknowledged before its room is open is said to be once it is', async () => {
    stage.fault('slack', { match: 'conversations.create', delayMs: 400 });
    const firing = await stage.actors.fires('checkout-errors');
    stage.world.clock.advance(100);
    await stage.actors.sends(firing, 'acknowledge');
    await stage.settle();
    await (await stage.incidentOf(firing)).expectRoomPost('acknowledged the alert');
  });

  it('whose older firing arrives after an unmatched resolve opens nothing and says so', async () => {
    const nowMs = stage.world.clock.nowMs();
    const firing = await stage.actors.fires('checkout-errors', 'resolve');
    await stage.settle();
    await stage.actors.sends(firing, 'alert group created', nowMs - 60_000);
    await stage.settle();
    expect(await stage.incidentsOf(firing.key)).toEqual([]);
    const events = [...(await stage.actors.trails()).values()].flat();
    const reasons = events.flatMap((event) =>
      event.type === 'ALERT_UNMATCHED' && event.details.group === firing.key
        ? [event.details.reason]
        : [],
    );
    expect(reasons.sort()).toEqual([
      'no open incident for this alert group',
      expect.stringMatching(/^the group was resolved at \d{4}-/),
    ]);
    const said = await stage.actors.channel('incidents');
    expect(said.messages.filter(({ text }) => text.includes('opened nothing'))).toHaveLength(1);
  });

  it('that fires again after its incident was resolved opens episode 2, linked', async () => {
    const incident = await stage.givenP1();
    await incident.says('maya', 'resolve Rolled back');
    await stage.passes({ minutes: 1 });
    await stage.actors.sends(incident.firing, 'unresolve');
    await stage.settle();
    const [first, second] = await stage.incidentsOf(incident.firing.key);
    expect(first).toBe(incident.id);
    const [opened] = await stage.actors.trail(second ?? '');
    expect(opened?.details).toMatchObject({ episode: 2, previousIncidentId: incident.id });
    const rooms = (await stage.actors.channels()).filter(({ name }) =>
      [first, second].some((id) => name.endsWith(id?.slice(-6) ?? '-')),
    );
    expect(rooms).toHaveLength(2);
  });

  it('without a known severity is a P1, said with the word default', async () => {
    const group = 'GDEFAULTSEV01';
    expect(await stage.posts(ONCALL, ofGroup('oncall.created.json', group))).toBe(202);
    await stage.settle();
    const [id] = await stage.incidentsOf(group);
    const trail = await stage.actors.trail(id ?? '');
    expect(trail[0]?.details).toMatchObject({ severity: 'P1', severityIsDefault: true });
    const room = (await stage.actors.channels()).find(({ name }) =>
      name.endsWith(id?.slice(-6) ?? '-'),
    );
    expect(room?.messages.filter(({ text }) => /default P1/.test(text))).toHaveLength(1);
  });
});
