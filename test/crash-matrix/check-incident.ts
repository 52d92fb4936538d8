import type { AuditEvent, EventType } from '../../src/domain/audit-event.ts';
import type { ShownMessage } from '../../src/local/actors.ts';
import type { LeftMessage } from './matrix-world.ts';
import type { Broken } from './story.ts';

/** A fact that must be on the trail: as often as it was asked for, and no more often. */
export type ExpectedFact = {
  type: EventType;
  /** Requests that were answered, so that their sender relies on them. */
  least: number;
  /** Requests that were sent: one whose answer was lost may be on record too. */
  most: number;
};

/** Somebody who is called, and the directory that alone names them; null: they must come. */
export type CalledPerson = { id: string; source: string | null };

/** How a chain's projection stands beside its trail. */
export type ChainProgress = {
  id: string;
  head: number;
  version: number;
  actedSeq: number;
  isUnfinished: boolean;
  /** What the auditor's tool has against it, if anything. */
  problem: string | undefined;
};

/** All that an incident left behind, as anybody could look at it from outside. */
export type IncidentObservation = {
  incidentId: string;
  /** The incident's trail, from its first event. */
  events: AuditEvent[];
  /** Every event of every chain; empty when no alert was accepted since the last look. */
  everything: AuditEvent[];
  /** SHA-256 of each body that was answered 202. */
  accepted: string[];
  facts: ExpectedFact[];
  called: CalledPerson[];
  /** War rooms whose name ends as this incident's does. */
  rooms: string[];
  room: { id: string; members: string[]; topic: string; pins: number; messages: ShownMessage[] };
  announcements: ShownMessage[];
  /** What only one person saw, in this room. */
  whispers: { user: string; text: string }[];
  /** Schedules of this incident that are still to come. */
  schedules: string[];
  chains: ChainProgress[];
  left: LeftMessage[];
  /** Alerts that wait for the queue. */
  outbox: number;
};

/** Facts that people read in the room, each as one line. */
const TOLD: readonly EventType[] = [
  'NOTE_ADDED',
  'STATUS_UPDATE_SENT',
  'SEVERITY_CHANGED',
  'ROLE_ASSIGNED',
  'INCIDENT_MITIGATED',
  'INCIDENT_RESOLVED',
  'STATUS_REMINDER_SILENCED',
  'ALERT_ACKNOWLEDGED',
  'ALERT_RESOLVED',
];
/** Facts of which an incident has one at most. */
const ONCE: readonly EventType[] = [
  'INCIDENT_OPENED',
  'INCIDENT_DECLARED',
  'WAR_ROOM_CREATED',
  'WAR_ROOM_ASSEMBLED',
  'CHECKLIST_PINNED',
  'NOBODY_REACHED',
];
const REMINDERS: readonly EventType[] = [
  'STATUS_REMINDER_SENT',
  'STATUS_REMINDER_ESCALATED',
  'STATUS_REMINDER_SUPPRESSED',
];

/**
 * The promises of intake and war room that a history broke, by rules written down anew here: this
 * shares no rule with what it judges.
 *
 * @returns one line each, beginning with the name of the promise
 */
export function incidentPromises(of: IncidentObservation): Broken[] {
  return [...alerts(of), ...facts(of), ...timeline(of), ...room(of), ...people(of), ...ends(of)];
}

/** What may happen and people see: a line that repeats after an answer was lost. */
export function repeatedLines(of: IncidentObservation): string[] {
  const lines = effectsIn([...of.room.messages, ...of.announcements], of.incidentId)
    .filter(({ name }) => name === 'line')
    .map(({ effect }) => effect);
  const whispered = of.whispers.filter(({ text }) => /update is due/.test(text)).length;
  const reminded = count(of.events, 'STATUS_REMINDER_SENT');
  return [
    ...repeated(lines).map(() => 'a line repeated'),
    ...(whispered > reminded ? ['a whisper repeated'] : []),
  ];
}

/** Every accepted alert has its fact on exactly one trail, once. */
function alerts({ accepted, everything }: IncidentObservation): Broken[] {
  return accepted.flatMap((rawSha256) => {
    const found = everything.filter(
      ({ type, details }) =>
        type.startsWith('ALERT_') && (details as { rawSha256?: string }).rawSha256 === rawSha256,
    );
    if (found.length === 1) return [];
    return [
      found.length === 0 ? 'lost: an accepted alert' : `twice: ${found.map(({ type }) => type)}`,
    ];
  });
}

/** What people and schedules asked for and were promised, is on record; what they did not, is not. */
function facts({ events, facts: expected }: IncidentObservation): Broken[] {
  // What the sweeper learns from the source by itself is another fact than a delivery.
  const asked = events.filter(({ details }) => !('foundBy' in details));
  return expected.flatMap(({ type, least, most }) => {
    const found = count(asked, type);
    if (found < least) return [`lost: ${type}, ${found} of ${least}`];
    return found > most ? [`twice: ${type}, ${found} for ${most} requests`] : [];
  });
}

/** One timeline, gap-free, in which nothing is twice. */
function timeline({ events, chains }: IncidentObservation): Broken[] {
  const gaps = events.filter(({ seq }, index) => seq !== index + 1);
  const invited = events.flatMap((event) =>
    event.type === 'RESPONDER_INVITED' ? [event.details.slackUserId] : [],
  );
  const versions = events.flatMap(({ type, details }) =>
    type === 'POSTMORTEM_CREATED' ? [String((details as { throughSeq: number }).throughSeq)] : [],
  );
  const reminded = events
    .filter(({ type }) => REMINDERS.includes(type))
    .map(({ details }) => (details as { dueAt: string }).dueAt);
  return [
    ...gaps.slice(0, 1).map(({ seq }) => `timeline: a gap before ${seq}`),
    ...repeated(events.map(({ commandId }) => commandId)).map((id) => `twice: command ${id}`),
    ...ONCE.filter((type) => count(events, type) > 1).map((type) => `twice: ${type}`),
    ...repeated(versions).map((seq) => `twice: postmortem through ${seq}`),
    ...repeated(invited).map((id) => `twice: invitation of ${id}`),
    ...repeated(reminded).map((dueAt) => `twice: reminder due ${dueAt}`),
    ...chains.flatMap(({ problem }) => (problem === undefined ? [] : [`timeline: ${problem}`])),
  ];
}

/** One room, one card, one checklist, one announcement, each fact told, no message doubled. */
function room(of: IncidentObservation): Broken[] {
  const { incidentId, rooms, events } = of;
  const inRoom = effectsIn(of.room.messages, incidentId);
  const announced = effectsIn(of.announcements, incidentId);
  const all = [...inRoom, ...announced];
  const one = (what: string, found: number) => (found === 1 ? [] : [`room: ${found} ${what}`]);
  const named = (list: typeof all, name: string) =>
    list.filter((each) => each.name === name).length;
  const created = events.find(({ type }) => type === 'WAR_ROOM_CREATED');
  const isThere = created?.type === 'WAR_ROOM_CREATED' && rooms[0] === created.details.channelId;
  const posted = all.filter(({ name }) => name !== 'line').map(({ effect }) => effect);
  const untold = events.filter(
    ({ type, seq }) =>
      TOLD.includes(type) &&
      seq > (created?.seq ?? 0) &&
      !inRoom.some(({ effect }) => effect === `${incidentId}#${seq}#line`),
  );
  return [
    ...one('rooms of one incident', rooms.length),
    ...(isThere ? [] : ['room: not the one on record']),
    ...one('incident cards', named(inRoom, 'incident_card')),
    ...one('checklists', named(inRoom, 'checklist')),
    ...one('announcements', named(announced, 'announcement')),
    ...repeated(posted).map((effect) => `room: posted twice: ${effect}`),
    ...untold.map(({ type }) => `room: not told of ${type}`),
    ...reminders(of),
    ...(of.room.pins >= 2 ? [] : [`room: ${of.room.pins} pins`]),
    ...topic(of),
  ];
}

/** Whoever is to be reminded, is. */
function reminders({ events, whispers, room: { messages } }: IncidentObservation): Broken[] {
  const seen = [...whispers, ...messages].filter(({ text }) => /update is due/.test(text)).length;
  const reminded = count(events, 'STATUS_REMINDER_SENT');
  return seen < reminded ? [`room: reminded ${seen} of ${reminded} times`] : [];
}

/** The topic says how it stands. */
function topic({ events, room: { topic: words } }: IncidentObservation): Broken[] {
  const changed = events.findLast(({ type }) => type === 'SEVERITY_CHANGED');
  const severity = changed?.type === 'SEVERITY_CHANGED' ? changed.details.to : undefined;
  const status = count(events, 'INCIDENT_RESOLVED')
    ? 'resolved'
    : count(events, 'INCIDENT_MITIGATED')
      ? 'mitigated'
      : 'active';
  const isRight = words.includes(status) && (severity === undefined || words.startsWith(severity));
  return isRight ? [] : [`room: its topic says “${words}”, it is ${severity ?? ''} ${status}`];
}

/** Everybody who was called is in the room and on record, or why not, and then people are told. */
function people(of: IncidentObservation): Broken[] {
  const { members, messages } = of.room;
  const isTold = messages.some(({ text }) => text.includes('could not be asked for responders'));
  return callOutcomes(of.events, of.called).flatMap(({ id, is }) => {
    if (is === 'missing') return [`people: ${id} is not on record as invited`];
    if (is === 'unasked') return isTold ? [] : [`people: nobody is told why ${id} is not called`];
    return members.includes(id) ? [] : [`people: ${id} is not in the room`];
  });
}

/** What the trail says of everybody who was called. */
export function callOutcomes(
  events: readonly AuditEvent[],
  called: readonly CalledPerson[],
): { id: string; is: 'invited' | 'unasked' | 'missing' }[] {
  return called.map(({ id, source }) => {
    const isInvited = events.some(
      (event) => event.type === 'RESPONDER_INVITED' && event.details.slackUserId === id,
    );
    if (isInvited) return { id, is: 'invited' };
    const isLost = events.some(
      (event) => event.type === 'DIRECTORY_LOOKUP_FAILED' && event.details.source === source,
    );
    return { id, is: isLost ? 'unasked' : 'missing' };
  });
}

/** The room is complete, all effects are done, nothing waits anywhere, and reminders go on. */
function ends(of: IncidentObservation): Broken[] {
  const { incidentId, events, chains, left, outbox, schedules } = of;
  const waits = events.some(({ type }) => type.startsWith('STATUSPAGE_DRAFT_'));
  const isOver = count(events, 'INCIDENT_RESOLVED') > 0;
  const isScheduled = schedules.includes(`${incidentId}-update-due`);
  return [
    ...(count(events, 'WAR_ROOM_ASSEMBLED') === 1 ? [] : ['hangs: the room is not complete']),
    ...chains.flatMap(({ id, head, version, actedSeq, isUnfinished }) => [
      ...(version === head ? [] : [`hangs: ${id} is projected up to ${version} of ${head}`]),
      ...(actedSeq === head ? [] : [`hangs: ${id} is acted on up to ${actedSeq} of ${head}`]),
      ...(isUnfinished && !waits ? [`hangs: ${id} is unfinished`] : []),
    ]),
    ...left.map(({ queue, body }) => `hangs: ${queue} holds ${body}`),
    ...(outbox === 0 ? [] : [`hangs: ${outbox} alerts wait in the outbox`]),
    ...(isScheduled === !isOver ? [] : [`reminder: ${isOver ? 'still' : 'not'} scheduled`]),
    ...events.flatMap((event) =>
      event.type === 'EFFECT_ABANDONED' ? [`abandoned: ${event.details.effect}`] : [],
    ),
    ...events.flatMap((event) =>
      event.type === 'COMMAND_DENIED' ? [`denied: ${event.details.command}`] : [],
    ),
  ];
}

type Effect = { effect: string; name: string };

/** What messages of this incident say of themselves: `<incident>#<seq>#<name>`. */
function effectsIn(messages: readonly ShownMessage[], incidentId: string): Effect[] {
  return messages.flatMap(({ metadata }) => {
    const effect = metadata?.event_payload?.effect;
    if (typeof effect !== 'string' || !effect.startsWith(`${incidentId}#`)) return [];
    return [{ effect, name: effect.split('#').slice(2).join('#') }];
  });
}

function count(events: readonly AuditEvent[], type: EventType): number {
  return events.filter((event) => event.type === type).length;
}

/** Each value that is there more than once, once. */
function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
