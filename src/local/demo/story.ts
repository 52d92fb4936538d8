import type { DetailsOf } from '../../domain/audit-event.ts';
import type { Actors, Filled } from '../actors.ts';
import type { Narrator } from './narrator.ts';

/** What the story leaves behind, for its facts to be checked. */
export type Told = { incidentId: string; roomId: string; texts: readonly string[] };

const MINUTE_MS = 60_000;
const PEOPLE = ['maya.ito', 'jonas.berg', 'priya.raman'];
const IDENTIFIED =
  'We have found what is causing errors in Checkout and are rolling back the change. ' +
  'Some payments may still fail until that is done. If yours failed, you have not been charged.';

type Scene = { actors: Actors; narrator: Narrator; roomId: string; incidentId: string };

/**
 * One whole P1, played by people who only type and click; nothing reaches into the product.
 *
 * @throws {Error} when a step cannot be taken, saying which
 */
export async function playStory(actors: Actors, narrator: Narrator): Promise<Told> {
  narrator.heading('The alert');
  narrator.begin();
  narrator.act('Grafana OnCall', 'sends a signed alert: checkout-api 5xx ratio above 5%');
  const firing = await actors.fires('checkout-errors');
  const scene = { actors, narrator, ...(await openedRoom(actors, firing.key)) };
  const room = await actors.channel(scene.roomId);
  narrator.note(`#${room.name} opened; in it: ${namesOf(actors, room.members)}`);
  await narrator.look(scene.roomId, PEOPLE);
  narrator.note('Nobody had to ask; log lines, traces and code owners stand on that card, too');

  await command(scene);
  const first = await firstWords(scene);
  const second = await secondWords(scene);

  narrator.heading('The end');
  await later(scene, 7);
  narrator.act('Grafana OnCall', 'says that the alert is resolved');
  await actors.sends(firing, 'resolve');
  await look(scene);
  const last = await resolution(scene);
  return { incidentId: scene.incidentId, roomId: scene.roomId, texts: [first, second, last] };
}

async function command(scene: Scene): Promise<void> {
  const { actors, narrator, roomId } = scene;
  narrator.heading('Command');
  await later(scene, 1);
  narrator.act('Maya Ito', 'presses “Take IC”');
  await actors.clicks('maya.ito', roomId, { action: 'incident_take_ic' });
  await look(scene);
  await later(scene, 2);
  narrator.act('Jonas Berg', 'types /incident-response note Deploy 812 went out at 09:20');
  await actors.says('jonas.berg', roomId, 'note Deploy 812 went out at 09:20');
  await look(scene);
}

/** The first update: AI proposes, the author may not approve, somebody else does. */
async function firstWords(scene: Scene): Promise<string> {
  const { actors, narrator, roomId } = scene;
  narrator.heading('The first words to customers');
  await later(scene, 1);
  narrator.act('Maya Ito', 'types /incident-response draft investigating: a form opens');
  await actors.says('maya.ito', roomId, 'draft investigating');
  await actors.settle();
  const proposal = await proposedText(actors, 'maya.ito');
  narrator.note(`AI proposes, in the form: “${proposal}”`);
  narrator.act('Maya Ito', 'takes the proposal and sends it for approval');
  await submit(scene, 'maya.ito', { use_proposal: ['use'] });
  await look(scene);
  narrator.act('Maya Ito', 'presses “Approve” on her own text');
  await actors.clicks('maya.ito', roomId, { action: 'statuspage_approve' });
  await look(scene);
  await later(scene, 1);
  narrator.act('Priya Raman', 'a status approver who did not write it, presses “Approve”');
  await actors.clicks('priya.raman', roomId, { action: 'statuspage_approve' });
  await look(scene);
  return proposal;
}

/** The second update: one writes, another edits, a third approves what is now there. */
async function secondWords(scene: Scene): Promise<string> {
  const { actors, narrator, roomId } = scene;
  narrator.heading('The second update');
  await later(scene, 6);
  narrator.act('Jonas Berg', 'types /incident-response draft identified, with his own words');
  await actors.says('jonas.berg', roomId, 'draft identified We rolled back deploy 812, sorry');
  await look(scene);
  narrator.act('Maya Ito', 'presses “Edit” and makes it words for customers');
  await actors.clicks('maya.ito', roomId, { action: 'statuspage_edit' });
  await submit(scene, 'maya.ito', { text: IDENTIFIED, 'component:c1': 'partial_outage' });
  await look(scene);
  await later(scene, 1);
  narrator.act('Priya Raman', 'presses “Approve” on revision 2');
  await actors.clicks('priya.raman', roomId, { action: 'statuspage_approve' });
  await look(scene);
  return IDENTIFIED;
}

async function resolution(scene: Scene): Promise<string> {
  const { actors, narrator, roomId, incidentId } = scene;
  await later(scene, 2);
  narrator.act('Maya Ito', 'presses “Resolve” and writes what happened');
  await actors.clicks('maya.ito', roomId, { action: 'incident_resolve' });
  await submit(scene, 'maya.ito', {
    summary: 'Deploy 812 broke the payment token cache. Rolled back at 09:41.',
  });
  await look(scene);
  await later(scene, 1);
  narrator.act('Priya Raman', 'approves the public “resolved”');
  await actors.clicks('priya.raman', roomId, { action: 'statuspage_approve' });
  await look(scene);
  const drafts = (await actors.trail(incidentId)).flatMap(({ type, details }) =>
    type === 'STATUSPAGE_DRAFT_CREATED' ? [details as DetailsOf<typeof type>] : [],
  );
  return drafts.at(-1)?.request.body.incident.body ?? '';
}

/** The room the alert opened. Found through the trail, as the room's name is not known before. */
async function openedRoom(
  actors: Actors,
  group: string,
): Promise<{ roomId: string; incidentId: string }> {
  await actors.settle();
  for (const [incidentId, events] of await actors.trails()) {
    const isOurs = events.some((e) => e.type === 'INCIDENT_OPENED' && e.details.group === group);
    const room = events.find(({ type }) => type === 'WAR_ROOM_CREATED');
    if (isOurs && room?.type === 'WAR_ROOM_CREATED') {
      return { incidentId, roomId: room.details.channelId };
    }
  }
  throw new Error('the alert opened no war room');
}

async function proposedText(actors: Actors, user: string): Promise<string> {
  const view = await actors.view(user);
  const block = view?.blocks.find(({ block_id: id }) => id === 'proposal_text');
  if (!block) throw new Error('the form shows no proposal');
  return (block.text as { text: string }).text;
}

async function submit(scene: Scene, user: string, filled: Filled): Promise<void> {
  const { errors } = await scene.actors.submits(user, filled);
  if (errors) throw new Error(`the form was refused: ${JSON.stringify(errors)}`);
}

/** Lets everything happen that follows, then tells what is new. */
async function look({ actors, narrator, roomId }: Scene): Promise<void> {
  await actors.settle();
  await narrator.look(roomId, PEOPLE);
}

async function later({ actors }: Scene, minutes: number): Promise<void> {
  actors.world.clock.advance(minutes * MINUTE_MS);
  await actors.settle();
}

function namesOf(actors: Actors, members: readonly string[]): string {
  const { workspace } = actors.world.slack;
  const people = members
    .map((id) => workspace.findPerson(id))
    .filter((found) => found !== undefined);
  return people.map(({ realName }) => realName).join(', ');
}
