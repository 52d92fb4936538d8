import { beforeEach, describe, expect, it } from 'vitest';
import { ChatError } from '../../src/domain/errors.ts';
import { IncidentCommands } from '../../src/services/incident-commands.ts';
import { People, strangerRule } from '../../src/services/people.ts';
import type { PersonKind } from '../../src/services/ports.ts';
import { INCIDENT } from './record-world.ts';
import { chatError, MAYA, useWorker } from './worker-world.ts';

const world = useWorker('memory');
let commands: IncidentCommands;
let asks = 0;
const actor = { kind: 'slack_user', id: MAYA } as const;
const asked = (by: string = MAYA) => {
  asks += 1;
  return { incidentId: INCIDENT, commandId: `ask ${asks}`, actor: { ...actor, id: by } };
};
const reviewRule = async () => 'nobody may review here';
const noRoles = () => Promise.resolve([]);
const last = async () => (await world.trail.from(INCIDENT, 1)).at(-1);
const opened = {
  requestSha256: 'a'.repeat(64),
  actor,
  title: `${'x'.repeat(149)}🔥`,
  service: null,
  severity: null,
  declaredIn: null,
};

beforeEach(async () => {
  commands = new IncidentCommands({ record: world.record, clock: world.clock, updateDueS: 1_800 });
  await world.record.run({
    incidentId: INCIDENT,
    commandId: 'opened',
    actor: { kind: 'alert_source', id: 'grafana-oncall' },
    decide: () => ({
      append: 'INCIDENT_OPENED',
      details: {
        title: 'T',
        severity: 'P2',
        severityIsDefault: false,
        service: null,
        source: 'grafana-oncall',
        group: 'g',
        episode: 1,
        link: null,
        labels: {},
        previousIncidentId: null,
      },
    }),
  });
});

describe('leavePage()', () => {
  const system = { kind: 'system', id: 'incident-worker' } as const;
  const reason = 'The page belongs to another team';
  const because = 'cancelled' as const;
  const owes = () =>
    world.record.run({
      ...{ incidentId: INCIDENT, commandId: 'owed', actor: system },
      decide: () => ({
        append: 'STATUSPAGE_OBLIGATION_OPENED',
        details: { statuspageIncidentId: 'p1', because, link: '' },
      }),
    });

  it('refuses while nothing is owed, and once it is on record already', async () => {
    const roles = noRoles;
    expect((await commands.leavePage(asked(), { reason, roles }))?.rule).toMatch(
      /^the status page/,
    );
    await owes();
    await commands.takeIc(asked(), { to: MAYA, roles });
    expect(await commands.leavePage(asked(), { reason, roles })).toBeUndefined();
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_OBLIGATION_SETTLED',
      actor,
      details: { how: 'kept', reason },
    });
    expect(await commands.leavePage(asked(), { reason, roles })).toEqual({
      rule: 'why it stays is on record already',
    });
  });

  it.each([
    [[], false],
    [['on-call'], false],
    [['status-approver'], true],
    [['incident-commander'], true],
  ])('is for the commander or roles that decide the page; with roles %j: %s', async (held, may) => {
    await owes();
    const refused = await commands.leavePage(asked('U0BEN'), { reason, roles: async () => held });
    expect(refused === undefined).toBe(may);
    const type = may ? 'STATUSPAGE_OBLIGATION_SETTLED' : 'COMMAND_DENIED';
    expect(await last()).toMatchObject({ type, actor: { id: 'U0BEN' } });
  });
});

describe('declare()', () => {
  it('opens one incident for a request however often it is delivered', async () => {
    const first = await commands.declare(opened);
    expect(await commands.declare(opened)).toBe(first);
    const events = await world.trail.from(first, 1);
    expect(events.map(({ type, details }) => [type, details])).toEqual([
      [
        'INCIDENT_DECLARED',
        {
          title: `${'x'.repeat(149)}\ufffd`,
          severity: 'P1',
          severityIsDefault: true,
          service: null,
          declaredIn: null,
        },
      ],
    ]);
  });
});

describe('takeIc()', () => {
  it('gives the vacant role though roles cannot be read', async () => {
    const roles = () => Promise.reject(chatError('CHAT_NOT_FOUND'));
    expect(await commands.takeIc(asked(), { to: MAYA, roles })).toBeUndefined();
    expect(await last()).toMatchObject({ type: 'ROLE_ASSIGNED', details: { slackUserId: MAYA } });
    const again = await commands.takeIc(asked(), { to: MAYA, roles });
    expect(again).toEqual({ rule: 'that is the incident commander already' });
  });

  it('lets the holder hand it over, and somebody in role incident-commander take it', async () => {
    await commands.takeIc(asked(), { to: MAYA, roles: noRoles });
    await commands.takeIc(asked(), { to: 'U0JONAS', roles: noRoles });
    expect(await last()).toMatchObject({ details: { from: MAYA, to: 'U0JONAS' } });
    const roles = () => Promise.resolve(['incident-commander']);
    expect(await commands.takeIc(asked('U0LINA'), { to: 'U0LINA', roles })).toBeUndefined();
  });

  it('denies it to anybody else, on record, the same when delivered again', async () => {
    await commands.takeIc(asked(), { to: MAYA, roles: noRoles });
    const ask = asked('U0OMAR');
    const refused = await commands.takeIc(ask, { to: 'U0OMAR', roles: noRoles });
    expect(refused?.rule).toContain('the role is taken');
    expect(await commands.takeIc(ask, { to: 'U0OMAR', roles: noRoles })).toEqual(refused);
    expect(await last()).toMatchObject({
      type: 'COMMAND_DENIED',
      details: { reason: 'ROLE_TAKEN' },
    });
  });
});

describe('every command', () => {
  it.each([
    ['note', () => commands.note(asked(), 'x'.repeat(3_001)), 'NOTE_ADDED'],
    ['update', () => commands.update(asked(), 'Soon'), 'STATUS_UPDATE_SENT'],
    ['severity', () => commands.severity(asked(), 'P1', 'worse'), 'SEVERITY_CHANGED'],
    ['mitigate', () => commands.mitigate(asked(), ''), 'INCIDENT_MITIGATED'],
    ['resolve', () => commands.resolve(asked(), 'Fixed'), 'INCIDENT_RESOLVED'],
    ['cancel', () => commands.cancel(asked(), 'Drill'), 'INCIDENT_CANCELLED'],
    ['silence', () => commands.silence(asked(), 60_000), 'STATUS_REMINDER_SILENCED'],
  ])('%s is one event', async (_name, run, type) => {
    expect(await run()).toBeUndefined();
    expect(await last()).toMatchObject({ seq: 2, type, actor });
  });

  it('says why it changed nothing', async () => {
    expect(await commands.severity(asked(), 'P2', '')).toEqual({
      rule: 'the severity is P2 already',
    });
    expect((await commands.reopen(asked(), ''))?.rule).toContain(
      'cannot reopen an incident that is',
    );
    expect(await commands.tick(asked(), 4, { reviewRule })).toEqual({
      rule: 'there is no item 5 on the checklist',
    });
    const nowhere = { ...asked(), incidentId: 'inc-bbbbbbbbbbbbbbbb' };
    expect(await commands.note(nowhere, 'x')).toEqual({ rule: 'this incident does not exist' });
    expect(await last()).toMatchObject({ seq: 1 });
  });

  it('ticks an item, toggles it, and does nothing twice', async () => {
    await world.record.run({
      ...asked(),
      decide: () => ({ append: 'CHECKLIST_PINNED', details: { messageTs: '1.0', items: ['a'] } }),
    });
    expect(await commands.tick(asked(), 0, { done: true, reviewRule })).toBeUndefined();
    expect(await commands.tick(asked(), 0, { done: true, reviewRule })).toEqual({
      rule: 'nothing to change',
    });
    const ask = asked();
    await commands.tick(ask, 0, { reviewRule });
    await commands.tick(ask, 0, { reviewRule });
    expect(await last()).toMatchObject({ seq: 4, details: { done: false } });
  });

  it('reopens what was resolved', async () => {
    await commands.resolve(asked(), 'Fixed');
    expect(await commands.reopen(asked(), 'Back')).toBeUndefined();
    expect((await world.record.load(INCIDENT))?.state.status).toBe('active');
  });
});

describe('People', () => {
  const routing = {
    roles: {
      'status-approver': { slackUserGroups: ['approvers', 'leads'] },
      'incident-commander': { slackUserGroups: ['leads'] },
    },
  };
  const groups = new Map([
    ['approvers', new Set(['U0LINA'])],
    ['leads', new Set(['U0MAYA', 'U0LINA'])],
  ]);
  const people = (chat: object, more: object = {}) =>
    new People({ chat: chat as never, routing: { ...routing, ...more } as never });
  const who = { userId: 'U0MAYA' };
  const full = { id: 'U0MAYA', name: 'Maya', email: 'm@example.com', kind: 'full' as const };

  it('takes an unknown person for foreign, and throws when the workspace does not answer', async () => {
    const unknown = people({ person: () => Promise.reject(chatError('CHAT_NOT_FOUND')) });
    expect((await unknown.identify(who)).kind).toBe('foreign');
    const out = people({ person: () => Promise.reject(chatError('CHAT_UNAVAILABLE', true)) });
    await expect(out.identify(who)).rejects.toThrowWithCode(ChatError, 'CHAT_UNAVAILABLE');
  });

  it('gives a role by any of its groups, and nobody one by an outage', async () => {
    const known = people({ groupMembers: async () => groups });
    expect(await known.rolesOf('U0LINA')).toEqual(['incident-commander', 'status-approver']);
    expect(await known.rolesOf('U0OMAR')).toEqual([]);
    expect(await known.holdersOf('status-approver')).toEqual(['U0LINA', 'U0MAYA']);
    expect(await known.holdersOf('nobody')).toEqual([]);
    const out = people({ groupMembers: () => Promise.reject(chatError('CHAT_UNAVAILABLE', true)) });
    await expect(out.rolesOf('U0LINA')).rejects.toThrowWithCode(ChatError, 'CHAT_UNAVAILABLE');
  });

  it('knows a person again by a verified address under another account', async () => {
    const emails: Record<string, string | null> = {
      ...{ U0ALT: 'm@example.com', U0TAG: 'M+oncall@example.com', U0OTHER: 'o+m@example.com' },
      U0LINA: null,
    };
    const person = async (id: string) => {
      if (id === 'U0GONE') throw chatError('CHAT_NOT_FOUND', false);
      return { ...full, id, email: emails[id] };
    };
    const all = ['U0MAYA', 'U0ALT', 'U0TAG', 'U0OTHER', 'U0LINA', 'U0GONE'];
    expect(await people({ person }).tellApart(full, all)).toEqual({
      self: ['U0MAYA', 'U0ALT', 'U0TAG'],
      unknown: ['U0LINA', 'U0GONE'],
    });
    const literal = people({ person }, { identity: { foldPlusAddresses: false } });
    expect((await literal.tellApart(full, all)).self).toEqual(['U0MAYA', 'U0ALT']);
    const unverified = { ...full, email: null };
    expect(await people({ person }).tellApart(unverified, ['U0MAYA', 'U0ALT'])).toEqual({
      self: ['U0MAYA'],
      unknown: ['U0ALT'],
    });
  });

  it.each<[PersonKind, boolean]>([
    ['full', true],
    ['guest', false],
    ['bot', false],
    ['deactivated', false],
    ['foreign', false],
  ])('lets a %s account act: %s', (kind, may) => {
    expect(strangerRule({ ...full, kind }) === undefined).toBe(may);
  });
});
