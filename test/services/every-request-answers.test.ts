import { beforeEach, describe, expect, it } from 'vitest';
import { VERB_NAMES, type Verb } from '../../src/domain/command-verbs.ts';
import { say } from '../../src/domain/sentence.ts';
import { effectsOf, type OnceEffect } from '../../src/services/effect-plan.ts';
import type { PersonRequest } from '../../src/services/forms.ts';
import { BUTTON_ACTIONS, type ButtonAction } from '../../src/services/room-messages.ts';
import { wantedForm } from '../../src/services/wanted-form.ts';
import { clickOf, personRequest } from './person-request.ts';
import { declareCommand, INCIDENT } from './record-world.ts';
import { MAYA, useWorker } from './worker-world.ts';

const world = useWorker('memory');
const ROOM = 'C0ROOM1';
const LENA = 'U0LENA';
/** What everybody in the room sees. */
const SHOWN: readonly OnceEffect[] = ['line', 'assemble', 'post_postmortem', 'postmortem'];

/** How each verb is typed with what it needs. A verb without an entry needs nothing. */
const TYPED: Partial<Record<Verb, string>> = {
  invite: `invite <@${LENA}>`,
  page: `page <@${LENA}>`,
  note: 'note Looked at the logs',
  update: 'update We are on it',
  severity: 'severity P2 less harm',
  reopen: 'reopen it is back',
  cancel: 'cancel a false alarm',
  resolve: 'resolve Rolled back',
  declare: 'declare Search is slow',
  service: 'service checkout-api',
  title: 'title Search is slow',
  'leave-page': 'leave-page it is theirs',
  checklist: 'checklist 1',
};

/** Decided on by the gate, which shows each decision on the card and in a line. */
const DECIDED: readonly ButtonAction[] = [
  'statuspage_approve',
  'statuspage_withdraw',
  'statuspage_adopt',
  'statuspage_declare_absent',
];

/** Maya declared it; its room is open. */
beforeEach(async () => {
  await world.record.run(declareCommand('declare', { service: null }));
  await world.worker().run.run(INCIDENT);
});

/** How the person sees that they were heard: a form, an answer of their own, or the room. */
async function heardBy(request: PersonRequest): Promise<string> {
  if (wantedForm(request)) return 'form';
  const before = (await world.trail.from(INCIDENT, 1)).length;
  const { answer, incidentId } = await world.worker().requests.act(request, undefined);
  if (answer) return 'answer';
  const chain = incidentId ?? INCIDENT;
  const added = await world.trail.from(chain, chain === INCIDENT ? before + 1 : 1);
  const effects = added.flatMap((event) => effectsOf(event).once);
  return effects.some((effect) => SHOWN.includes(effect)) ? 'room' : 'nothing';
}

const HEARD = ['form', 'answer', 'room'];

describe('every verb', () => {
  it.each(VERB_NAMES)('%s answers its asker or shows in the room', async (verb) => {
    const text = TYPED[verb] ?? verb;
    expect(HEARD).toContain(await heardBy(personRequest({ by: MAYA, channelId: ROOM, text })));
  });

  it.each(VERB_NAMES)('%s alone, or from the menu, does so too', async (verb) => {
    const typed = personRequest({ by: MAYA, channelId: ROOM, text: verb });
    expect(HEARD).toContain(await heardBy(typed));
    const pressed = clickOf({ by: MAYA, channelId: ROOM, actionId: 'menu_command', value: '' });
    expect(HEARD).toContain(await heardBy({ ...pressed, value: verb }));
  });

  it.each(VERB_NAMES)('%s outside of a room is answered', async (verb) => {
    const text = TYPED[verb] ?? verb;
    const request = personRequest({ by: MAYA, channelId: 'C0ELSEWHERE', text });
    expect(['form', 'answer']).toContain(await heardBy(request));
  });

  it('status outside of a room says that this is none', async () => {
    const request = personRequest({ by: MAYA, channelId: 'C0ELSEWHERE', text: 'status' });
    expect((await world.worker().requests.act(request, undefined)).answer).toMatchObject({
      kind: 'incident_list',
      note: say`This channel is no war room, so there is no incident to show here.`,
    });
  });
});

describe('every button', () => {
  const draft = { draftId: 'drf-1', revision: 1, digest: 'd'.repeat(64) };
  const value = { incidentId: INCIDENT, index: 0, done: true, ...draft };
  const others = BUTTON_ACTIONS.filter((action) => !DECIDED.includes(action));

  it.each(others)('%s answers, opens a form, or shows in the room', async (actionId) => {
    const click = clickOf({ by: MAYA, channelId: ROOM, actionId, value });
    const request = actionId === 'menu_command' ? { ...click, value: 'status' } : click;
    expect(HEARD).toContain(await heardBy(request));
  });

  it('that decides on a text shows it in the room, whatever comes of it', () => {
    const outcomes = [
      'STATUSPAGE_DRAFT_APPROVED',
      'STATUSPAGE_APPROVAL_REJECTED',
      'STATUSPAGE_DRAFT_WITHDRAWN',
      'STATUSPAGE_PUBLISHED',
      'STATUSPAGE_PUBLISH_FAILED',
    ] as const;
    for (const type of outcomes) {
      const { once, refresh } = effectsOf({ type, details: {} } as never);
      expect(once).toContain('line');
      expect(refresh).toContain('draft_cards');
    }
  });
});
