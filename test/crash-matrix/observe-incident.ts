import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import type { ChainProgress, IncidentObservation } from './check-incident.ts';
import type { MatrixWorld } from './matrix-world.ts';

/** What is known of an incident before anybody looks: what was asked of it. */
export type Asked = Pick<IncidentObservation, 'incidentId' | 'accepted' | 'facts' | 'called'> & {
  /** Its war room's channel; empty when there is none on record. */
  room: string;
  chains: readonly string[];
};

/** Looks at everything about an incident that anybody could look at from outside. */
export async function observe(world: MatrixWorld, of: Asked): Promise<IncidentObservation> {
  const { incidentId, accepted, facts, called } = of;
  const { workspace } = world.world.slack;
  const rooms = [...workspace.channels.values()]
    .filter(({ name }) => name.endsWith(incidentId.slice(-6)))
    .map(({ id }) => id);
  const empty = { members: [], topic: '', pins: [], messages: [] };
  const room = of.room === '' ? empty : await world.actors.channel(of.room);
  const { messages: announcements } = await world.actors.channel(ANNOUNCEMENT_CHANNEL_ID);
  const isAlertNew = accepted.length > 0;
  const everything = isAlertNew ? [...(await world.actors.trails()).values()].flat() : [];
  return {
    incidentId,
    events: await world.trail(incidentId),
    everything,
    accepted,
    facts,
    called,
    rooms,
    room: {
      id: of.room,
      members: room.members,
      topic: room.topic,
      pins: room.pins.length,
      messages: room.messages,
    },
    announcements,
    whispers: workspace.ephemerals.filter(({ channel }) => channel === of.room),
    schedules: world.world.aws.scheduler
      .schedules()
      .map(({ name }) => name)
      .filter((name) => name.includes(incidentId)),
    chains: await Promise.all(of.chains.map((id) => progressOf(world, id))),
    left: world.leftMessages(),
    outbox: await world.outboxCount(),
  };
}

async function progressOf(world: MatrixWorld, id: string): Promise<ChainProgress> {
  const head = (await world.trail(id)).length;
  return { id, head, ...(await world.progress(id)), problem: await world.trailProblem(id) };
}
