import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { ReachMessage } from '../../src/services/reach-somebody.ts';
import { personRequest, plain, submitOf } from './person-request.ts';
import { ANNOUNCEMENTS, MAYA, useWorker } from './worker-world.ts';

const world = useWorker('memory');
const SAM = 'U0SAM';
const ROOM = 'C0ROOM1';
let incidentId = '';
const events = () => world.trail.from(incidentId, 1);
const lines = () => world.chat.lines(ROOM);
const last = async <T extends AuditEvent['type']>(type: T) =>
  (await events()).findLast((event) => event.type === type)?.details;

/** Sam declares; the room opens. @returns what Sam is told */
async function declares(text: string) {
  const { requests, run } = world.worker();
  const asked = personRequest({ by: SAM, channelId: ANNOUNCEMENTS, text: `declare ${text}` });
  const outcome = await requests.act(asked, undefined);
  incidentId = outcome.incidentId ?? '';
  await run.run(incidentId);
  return plain(outcome.answer);
}

async function says(text: string) {
  const { requests, run } = world.worker();
  const asked = personRequest({ by: SAM, channelId: ROOM, text });
  const { answer } = await requests.act(asked, undefined);
  await run.run(incidentId);
  return plain(answer);
}

describe('declare <title>', () => {
  it('guesses the service from the title, says so, and calls its people', async () => {
    expect(await declares('checkout is down')).toEqual({
      kind: 'line',
      text:
        'Opening a war room for “checkout is down”. It appears in your channel list. The title ' +
        'speaks of checkout-api, whose people are called. If it is another service, say so with ' +
        '“/ir service <name>” there.',
    });
    expect(await last('INCIDENT_DECLARED')).toMatchObject({
      service: 'checkout-api',
      serviceGuessed: true,
    });
    expect(world.chat.members.get(ROOM)).toEqual(new Set([SAM, MAYA]));
    expect(lines()).toContain(
      'The service checkout-api was guessed from the title, and its people are called. If it is ' +
        'another one, say so with the service command.',
    );
  });

  it('says that the declarer gave no severity', async () => {
    await declares('checkout is down');
    expect(lines()).toContain(
      '@U0SAM: you gave no severity, so the default P1 was assumed. Change it with the severity command.',
    );
  });

  it('that names no service says that nobody is called, and which services there are', async () => {
    const answer = await declares('all is odd');
    expect(JSON.stringify(answer)).toContain('The title names no one service, so nobody is called');
    expect(lines()).toContain(
      '@U0SAM: nobody was called, as the title names no one service. Say which it is with the ' +
        'service command: checkout-api.',
    );
    expect(await last('INCIDENT_DECLARED')).not.toHaveProperty('serviceGuessed');
  });

  it('by form keeps the service that was chosen, and guesses one that was not', async () => {
    const { requests } = world.worker();
    const form = { form: 'declare', title: 'Checkout is odd', severity: 'P3' } as const;
    const chosen = await requests.act(submitOf(SAM, { ...form, service: 'other' }), undefined);
    incidentId = chosen.incidentId ?? '';
    expect(await last('INCIDENT_DECLARED')).toMatchObject({ service: 'other', severity: 'P3' });
    const guessed = await requests.act(submitOf(SAM, { ...form, service: null }), undefined);
    incidentId = guessed.incidentId ?? '';
    expect(await last('INCIDENT_DECLARED')).toMatchObject({
      service: 'checkout-api',
      serviceGuessed: true,
    });
  });
});

describe('when nobody but the declarer comes', () => {
  const due = () => world.schedules.due.get(`${incidentId}-reach-due`);
  const calls = () => world.chat.count('call_for_help', ANNOUNCEMENTS);

  it('everybody is called for help three minutes after it was declared, and not before', async () => {
    await declares('all is odd');
    expect(calls()).toBe(0);
    world.clock.advance(179_000);
    await world.worker().reach.overdue(incidentId);
    expect(calls()).toBe(0);
    world.clock.advance(1_000);
    await (await world.worker().reach.due(due()?.message as ReachMessage))();
    expect(calls()).toBe(1);
    expect(await last('NOBODY_REACHED')).toMatchObject({
      reason: 'nobody but whoever declared it was invited within 3 min of opening',
    });
    expect(world.chat.members.get(ROOM)).toContain('U0LINA');
  });

  it('nothing is said when somebody was invited by then', async () => {
    await declares('all is odd');
    await says('invite <@U0LENA>');
    world.clock.advance(180_000);
    await world.worker().reach.overdue(incidentId);
    expect(calls()).toBe(0);
  });

  it('nothing is said when the people of the service came', async () => {
    await declares('checkout is down');
    expect(due()).toBeUndefined();
    world.clock.advance(180_000);
    await world.worker().reach.overdue(incidentId);
    expect(calls()).toBe(0);
  });
});

describe('service <name>', () => {
  it('sets it, calls its people, asks for its context, and shows it', async () => {
    await declares('all is odd');
    expect(await says('service Checkout API')).toBeNull();
    expect(await last('SERVICE_CHANGED')).toEqual({ from: null, to: 'checkout-api' });
    expect(world.chat.members.get(ROOM)).toContain(MAYA);
    expect(lines()).toContain('@U0SAM set the service to checkout-api.');
    const state = (await world.record.load(incidentId))?.state;
    expect(state).toMatchObject({ service: 'checkout-api' });
    expect(await says('service checkout-api')).toEqual({
      kind: 'refusal',
      text: 'The service is checkout-api already',
    });
  });

  it('confirms a guess, which is none any more', async () => {
    await declares('checkout is down');
    expect(await says('service checkout')).toBeNull();
    const state = (await world.record.load(incidentId))?.state;
    expect(state).not.toHaveProperty('serviceGuessed');
    expect(state).not.toHaveProperty('formerServices');
  });

  it('refuses a name that there is not, and says which there are', async () => {
    await declares('all is odd');
    expect(await says('service lgoin')).toEqual({
      kind: 'refusal',
      text: 'No one service is called “lgoin”. There are: checkout-api.',
    });
  });

  it('calls nobody to an incident that is over', async () => {
    await declares('all is odd');
    await says('resolve It was nothing');
    await says('service checkout-api');
    expect(world.chat.members.get(ROOM)).not.toContain(MAYA);
  });
});

it('title <text> renames the incident in the room, the topic and the announcement', async () => {
  await declares('all is odd');
  expect(await says('title Some invoices are wrong')).toBeNull();
  expect(await last('TITLE_CHANGED')).toEqual({
    from: 'all is odd',
    to: 'Some invoices are wrong',
  });
  expect(lines()).toContain('@U0SAM renamed the incident: “Some invoices are wrong”.');
  expect(world.chat.topics.at(-1)).toContain('P1');
  const shown = world.chat.posts.filter(({ message }) => 'incident' in message && message.incident);
  for (const { message } of shown) {
    expect(message).toMatchObject({ incident: { title: 'Some invoices are wrong' } });
  }
  expect(await says('title Some invoices are wrong')).toEqual({
    kind: 'refusal',
    text: 'That is the title already',
  });
});

describe('many declarations of one person', () => {
  const opens = async (by: string, number: number) => {
    const form = { form: 'declare', title: `Outage ${number}`, severity: 'P1' } as const;
    return world.worker().requests.act(submitOf(by, { ...form, service: `s${number}` }), undefined);
  };

  it('open ten rooms within ten minutes and no more, in words, and hold up nobody else', async () => {
    const opened: (string | null)[] = [];
    for (let number = 0; number < 10; number += 1) {
      opened.push((await opens(SAM, number)).incidentId);
    }
    expect(opened).not.toContain(null);
    const eleventh = await opens(SAM, 10);
    expect(eleventh.incidentId).toBeNull();
    expect(plain(eleventh.answer)).toEqual({
      kind: 'refusal',
      text: 'No incident was opened.',
      rule:
        'you declared 10 incidents within ten minutes: say it in the room of one of them, or ' +
        'cancel those that are none',
    });
    const [denied] = await world.trail.from('intake-20260528', 1);
    expect(denied).toMatchObject({
      type: 'COMMAND_DENIED',
      details: { command: 'declare', reason: 'DECLARED_TOO_MANY' },
    });
    expect((await opens(MAYA, 11)).incidentId).not.toBeNull();
  });
});
