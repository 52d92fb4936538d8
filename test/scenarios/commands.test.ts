import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { VERBS } from '../../src/domain/command-verbs.ts';
import { givenWorld, type Incident, PEOPLE, SOME_TEXT } from './war-room.ts';

const stage = givenWorld();
const ANNOUNCEMENTS = 'C04EXAMPLE1';

/** What somebody was told last, and how. */
async function told(who: keyof typeof PEOPLE): Promise<string> {
  const all = await stage.actors.ephemerals(PEOPLE[who]);
  return JSON.stringify(all.at(-1) ?? {});
}

async function saysAnywhere(who: keyof typeof PEOPLE, text: string): Promise<string> {
  const ack = await stage.actors.says(PEOPLE[who], ANNOUNCEMENTS, text);
  expect(ack.status).toBe(200);
  await stage.settle();
  return told(who);
}

describe('anywhere', () => {
  it('no words: a menu', async () => {
    expect(await saysAnywhere('sam', '')).toContain('menu_command');
  });

  it('help: every verb, and each of them acts', async () => {
    const help = await saysAnywhere('sam', 'help');
    for (const { usage } of Object.values(VERBS)) expect(help).toContain(usage.split(' ')[0]);
  });

  it('an unknown verb: the closest one, and help', async () => {
    const help = await saysAnywhere('sam', 'sevrity P2');
    expect(help).toContain('sevrity');
    expect(help).toContain('severity');
  });

  it.each(['list', 'incidents'])('%s: the open incidents', async (verb) => {
    await stage.fires('website-errors');
    expect(await saysAnywhere('sam', verb)).toContain('web-frontend JavaScript errors');
  });

  it('a war room’s verb in another channel: says so and lists the open incidents', async () => {
    await stage.fires('website-errors');
    const answer = await saysAnywhere('sam', 'mitigate Done');
    expect(answer).toContain('works inside a war room');
    expect(answer).toContain('web-frontend JavaScript errors');
  });

  it.each([
    ['declare', 'Badges'],
    ['new', 'Printers'],
    ['create', 'Invoices'],
    ['open', 'Parking'],
  ])('%s <title>: an incident and its room, led by whoever declared it', async (verb, what) => {
    await saysAnywhere('sam', `${verb} ${what} broke, told by ${verb}`);
    const declared = [...(await stage.actors.trails()).values()].filter(
      ([first]) =>
        first?.type === 'INCIDENT_DECLARED' && first.details.title.endsWith(`by ${verb}`),
    );
    expect(declared).toHaveLength(1);
    expect(declared[0]?.map(({ type }) => type)).toContain('WAR_ROOM_ASSEMBLED');
    const room = (await stage.actors.channels()).find(({ name }) =>
      name.includes(`told-by-${verb}`),
    );
    expect(room?.members).toContain(PEOPLE.sam);
    expect(room?.topic).toContain('P1');
  });

  it('declare what somebody declared just before: shown that first, and the way into its room', async () => {
    const trails = async () => [...(await stage.actors.trails()).values()];
    const about = async (title: string) =>
      (await trails()).filter(
        ([first]) => first?.type === 'INCIDENT_DECLARED' && first.details.title === title,
      );
    await saysAnywhere('ana', 'declare Warehouse robots stopped');
    const shown = await saysAnywhere('sam', 'declare warehouse robots are broken');
    expect(shown).toContain('“Warehouse robots stopped” (P1) just now');
    expect(await about('warehouse robots are broken')).toEqual([]);
    await stage.clicksTold('sam', 'incident_join');
    const room = (await stage.actors.channels()).find(({ name }) =>
      name.includes('warehouse-robots'),
    );
    expect(room?.members).toContain(PEOPLE.sam);
    expect(await told('sam')).toContain(`You are in <#${room?.id}> now`);
  });

  it('the announcement lets in who was not called', async () => {
    const incident = await stage.givenP1();
    await stage.actors.clicks(PEOPLE.lena, ANNOUNCEMENTS, { action: 'incident_join' });
    await stage.settle();
    expect((await stage.actors.channel(await incident.room())).members).toContain(PEOPLE.lena);
  });

  it('declare without a title: a form, whose choices are taken', async () => {
    await saysAnywhere('sam', 'declare');
    const errors = await stage.actors.submits(PEOPLE.sam, {
      title: 'Payments look odd',
      service: 'payments-worker',
      severity: 'P2',
    });
    expect(errors.errors).toBeUndefined();
    await stage.settle();
    const chains = [...(await stage.actors.trails()).values()];
    const declared = chains.find(
      ([first]) =>
        first?.type === 'INCIDENT_DECLARED' && first.details.title === 'Payments look odd',
    );
    expect(declared?.[0]?.details).toMatchObject({ severity: 'P2', service: 'payments-worker' });
  });

  it.each(['greta', 'bot', 'omar', 'paul'] as const)(
    'declare by %s: refused with the rule, on the intake chain, and nothing opens',
    async (who) => {
      await saysAnywhere(who, `declare Something by ${who}`);
      const events = [...(await stage.actors.trails()).values()].flat();
      const denied = events.filter(
        ({ type, actor }) => type === 'COMMAND_DENIED' && actor.id === PEOPLE[who],
      );
      expect(denied).toHaveLength(1);
      expect(denied[0]?.incidentId).toMatch(/^intake-\d{8}$/);
      expect(await told(who)).toContain('You cannot do that here');
    },
  );
});

describe('in the war room', () => {
  let incident: Incident;
  beforeAll(async () => {
    incident = await stage.givenP1();
  });

  it('status: where it stands, to the asker alone', async () => {
    await incident.says('jonas', 'status');
    expect(await told('jonas')).toContain('checkout-api 5xx ratio above 5%');
  });

  it('ic: takes the vacant role; lead hands it over; nobody else takes it', async () => {
    await incident.says('maya', 'ic');
    await incident.expectRoomPost(`<@${PEOPLE.maya}>`);
    await incident.says('jonas', 'ic');
    expect((await incident.last('COMMAND_DENIED')).details.reason).toBe('ROLE_TAKEN');
    await incident.expectTold('jonas', /role is taken/i);
    await incident.says('maya', `lead <@${PEOPLE.jonas}>`);
    expect((await incident.last('ROLE_HANDED_OVER')).details).toMatchObject({
      from: PEOPLE.maya,
      to: PEOPLE.jonas,
    });
    const { topic } = await stage.actors.channel(await incident.room());
    expect(topic).toContain(PEOPLE.jonas);
  });

  it('ic: somebody in role incident-commander takes it over', async () => {
    await incident.joins('tomas');
    await incident.says('tomas', 'ic');
    expect((await incident.last('ROLE_HANDED_OVER')).details).toMatchObject({ to: PEOPLE.tomas });
  });

  it('ic @guest: refused, with the reason', async () => {
    await incident.says('tomas', `ic <@${PEOPLE.greta}>`);
    await incident.expectTold('tomas', 'cannot lead');
    expect((await incident.last('ROLE_HANDED_OVER')).details.to).toBe(PEOPLE.tomas);
  });

  it('invite @person: they are in, on record once, and the asker is told', async () => {
    const who = PEOPLE.sam;
    await incident.says('maya', `invite <@${who}>`);
    await incident.says('maya', `invite <@${who}>`);
    await incident.expectTold('maya', 'Invited:');
    const invited = (await incident.trail()).filter(
      (event) => event.type === 'RESPONDER_INVITED' && event.details.slackUserId === who,
    );
    expect(invited).toHaveLength(1);
    expect((await stage.actors.channel(await incident.room())).members).toContain(who);
  });

  it('invite @guest: refused, said to the asker', async () => {
    await incident.says('maya', `invite <@${PEOPLE.greta}>`);
    await incident.expectTold('maya', 'Could not invite');
  });

  it('note <text>, and by form: on record and in the room, literally', async () => {
    await incident.says('maya', 'note <!channel> *bold* & <https://x.example|y>');
    await incident.says('maya', 'note');
    expect(await incident.submits('maya', { text: 'From the form' })).toBeUndefined();
    await incident.expectRoomPost('From the form');
    expect(await incident.count('NOTE_ADDED')).toBe(2);
  });

  it('severity, sev: changed once, refused when it is that already', async () => {
    await incident.says('maya', 'severity P2 fewer customers');
    await incident.says('maya', 'sev P2');
    expect(await incident.count('SEVERITY_CHANGED')).toBe(1);
    await incident.expectTold('maya', 'The severity is P2 already');
    await incident.expectRoomPost('changed the severity from P1 to P2');
  });

  it('severity without one: how it is typed', async () => {
    await incident.says('maya', 'severity');
    await incident.expectTold('maya', 'severity &lt;P1|P2|P3|P4&gt;');
  });

  it('checklist: shown; ticked by command and by click; unticked again', async () => {
    await incident.says('maya', 'checklist');
    expect(await told('maya')).toContain('Name an incident commander');
    await incident.says('maya', 'checklist 1');
    const item = async () => (await incident.last('CHECKLIST_ITEM_UPDATED')).details;
    expect(await item()).toMatchObject({ index: 0, done: true });
    await incident.expectRoomPost('Checklist: 1 of 4 done');
    await incident.says('maya', 'checklist 9');
    await incident.expectTold('maya', 'no item 9');
    await incident.says('maya', 'checklist 1');
    expect(await item()).toMatchObject({ index: 0, done: false });
    await incident.expectRoomPost('Checklist: 0 of 4 done');
  });

  it('mitigate, reopen, cancel: each from the states it accepts, else refused', async () => {
    await incident.says('maya', 'reopen Not over');
    await incident.expectTold('maya', 'Cannot reopen an incident that is active');
    await incident.says('maya', 'mitigated Traffic moved');
    await incident.expectRoomPost('marked the incident as mitigated. Traffic moved');
    await incident.says('maya', 'mitigate Again');
    await incident.expectTold('maya', 'Cannot mitigate an incident that is mitigated');
    await incident.says('maya', 'reopen It is back');
    await incident.expectRoomPost('reopened the incident: It is back');
    await incident.says('maya', 'cancel A test');
    await incident.expectRoomPost('cancelled the incident: A test');
    expect((await stage.actors.channel(await incident.room())).topic).toContain('cancelled');
    await incident.says('maya', 'resolve Done');
    await incident.expectTold('maya', 'Cannot resolve an incident that is cancelled');
  });

  it('by a guest who is in it: refused with the rule, on record', async () => {
    await incident.joins('greta');
    await incident.says('greta', 'note I was here');
    expect((await incident.last('COMMAND_DENIED')).actor.id).toBe(PEOPLE.greta);
    await incident.expectTold('greta', 'guests may read the room but not act in it');
  });
});

describe('resolve', () => {
  it('by button and form: the summary, the public words to approve, the postmortem', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft();
    await incident.clicks('priya', 'statuspage_approve');
    await incident.clicks('maya', 'incident_resolve');
    expect(await incident.submits('maya', { summary: '' })).toHaveProperty('summary');
    expect(await incident.count('INCIDENT_RESOLVED')).toBe(0);
    expect(await incident.submits('maya', { summary: 'Rolled back.' })).toBeUndefined();
    await incident.expectTrail([
      'INCIDENT_RESOLVED',
      'STATUSPAGE_DRAFT_CREATED',
      'POSTMORTEM_CREATED',
    ]);
    await incident.clicks('priya', 'statuspage_approve');
    const [first, last] = await incident.pageTexts();
    expect(first).toBe(SOME_TEXT);
    expect(last).toContain('resolved');
    const page = (await stage.actors.page()).find(({ metadata }) =>
      JSON.stringify(metadata).includes(incident.id),
    );
    expect(page?.status).toBe('resolved');
    const { messages } = await stage.actors.channel(await incident.room());
    type File = { id: string; title?: string };
    const files = messages.flatMap((message) => (message.files ?? []) as unknown as File[]);
    const file = files.find(({ title }) => title?.startsWith('Postmortem'));
    const markdown = await stage.actors.file(file?.id ?? '');
    expect(markdown).toContain('Rolled back.');
    expect(markdown).toContain(SOME_TEXT);
  });

  it('resolved <summary>: at once, without a public word when the page knows nothing', async () => {
    const incident = await stage.givenP1();
    await incident.says('maya', 'resolved All good');
    await incident.expectRoomPost('resolved the incident: All good');
    expect(await incident.count('STATUSPAGE_DRAFT_CREATED')).toBe(0);
    expect(await incident.count('POSTMORTEM_CREATED')).toBe(1);
  });

  it('with the public words declined: none are proposed', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft();
    await incident.clicks('priya', 'statuspage_approve');
    await incident.clicks('maya', 'incident_resolve');
    await incident.submits('maya', { summary: 'Rolled back.', open_draft: [] });
    expect(await incident.count('INCIDENT_RESOLVED')).toBe(1);
    expect(await incident.count('STATUSPAGE_DRAFT_CREATED')).toBe(1);
  });
});

describe('postmortem', () => {
  type File = { id: string; title: string };
  const postmortems = async (incident: Incident): Promise<string[]> => {
    const { messages } = await stage.actors.channel(await incident.room());
    const files = messages.flatMap((message) => (message.files ?? []) as unknown as File[]);
    const ours = files.filter(({ title }) => title.startsWith('Postmortem'));
    return Promise.all(ours.map(({ id }) => stage.actors.file(id)));
  };

  it('follows the last publication, with names, dates and the rule, and comes when asked', async () => {
    const incident = await stage.givenP1();
    await incident.says('maya', 'severity P2 only a few customers');
    await incident.givenDraft();
    await incident.clicks('priya', 'statuspage_approve');
    await incident.says('maya', 'resolve Rolled back.');
    await incident.clicks('priya', 'statuspage_approve');
    const [, last] = await incident.pageTexts();
    const written = await postmortems(incident);
    expect(written).toHaveLength(2);
    expect(written[0]).not.toContain(last);
    const day = new Date(stage.world.clock.nowMs()).toISOString().slice(0, 10);
    for (const words of [
      `> ${SOME_TEXT}`,
      `> ${last}`,
      `- Written by @${PEOPLE.maya} (Maya Ito)`,
      `Approved by @${PEOPLE.priya} (Priya Raman) at ${day}`,
      'under the rule “',
      `Severity P1 → P2 by @${PEOPLE.maya} (Maya Ito): only a few customers`,
      `- **${day} `,
    ]) {
      expect(written[1]).toContain(words);
    }
    await incident.says('jonas', 'note The cache was cold.');
    await incident.says('jonas', 'postmortem');
    await incident.expectTold('jonas', 'The postmortem is written from the record');
    const asked = (await postmortems(incident))[2];
    expect(asked).toContain('The cache was cold.');
    const { details } = await incident.last('POSTMORTEM_CREATED');
    expect(details.sha256).toBe(
      createHash('sha256')
        .update(asked ?? '')
        .digest('hex'),
    );
  });

  it('is for members of the room, also while the incident goes on', async () => {
    const incident = await stage.givenP1();
    await incident.says('sam', 'report');
    expect((await incident.last('COMMAND_DENIED')).actor.id).toBe(PEOPLE.sam);
    expect(await postmortems(incident)).toEqual([]);
    await incident.says('maya', 'report');
    expect(await postmortems(incident)).toEqual([expect.stringContaining('it is not over yet')]);
  });
});

describe('Slack’s retries', () => {
  it('are dropped: the command acts once', async () => {
    const incident = await stage.givenP1();
    await incident.says('maya', 'note Only once');
    for (let i = 0; i < 3; i += 1) {
      await fetch(`${stage.world.ready.urls.slack}/_world/retry`, {
        method: 'POST',
        body: JSON.stringify({ nth: 1 }),
      });
    }
    await stage.settle();
    expect(await incident.count('NOTE_ADDED')).toBe(1);
    await incident.expectRoomPost('Only once');
  });
});
