import { describe, expect, it } from 'vitest';
import { DirectoryError } from '../../src/domain/errors.ts';
import { incidentIdOfAlertGroup } from '../../src/domain/ids.ts';
import type { Person } from '../../src/services/ports.ts';
import type {
  Candidate,
  ResponderDirectory,
  SourceAnswer,
} from '../../src/services/responder-directory.ts';
import { alertMessage, onCall } from './alert-messages.ts';
import { chatError, type Hook, MAYA, useWorker } from './worker-world.ts';

const world = useWorker('memory');
const INCIDENT = incidentIdOfAlertGroup({ source: 'grafana-oncall', group: 'GROUP1', episode: 1 });
const ROOM = 'C0ROOM1';

/** People of the workspace, besides Maya, whom the configuration names. */
function givenPeople(...kinds: [name: string, kind: Person['kind']][]): void {
  for (const [name, kind] of kinds) {
    const id = `U0${name.toUpperCase()}`;
    world.chat.people.set(`${name}@example.com`, { id, name, email: null, kind });
  }
}

function candidates(...names: string[]): Candidate[] {
  return names.map((name) => ({
    email: `${name}@example.com`,
    reference: name,
    source: 'directory',
  }));
}

function directory(
  answer: () => Promise<SourceAnswer | undefined>,
  name = 'directory',
): ResponderDirectory {
  return { name, peopleFor: answer };
}

/** The alert fires and its room opens. */
async function fires(hook?: Hook, alertGroup: object = {}): Promise<void> {
  const { receive, run } = world.worker(hook);
  const body = onCall('alert group created', { time: '2026-11-20T09:00:00Z', alertGroup });
  await run.run(await receive.receive(alertMessage(body)));
}

const invitedBy = async () =>
  (await world.trail.from(INCIDENT, 1)).flatMap((event) =>
    event.type === 'RESPONDER_INVITED'
      ? [[event.details.slackUserId, event.details.source] as const]
      : [],
  );
const inside = () => world.chat.members.get(ROOM);

describe('sources', () => {
  it('are merged by address: who is named twice is invited once, by the first', async () => {
    givenPeople(['jonas', 'full']);
    const people = [
      ...candidates('jonas'),
      { ...candidates('x')[0]!, email: 'MAYA.ito@example.com' },
    ];
    world.directories = [directory(async () => ({ people, unresolved: [] }))];
    await fires();
    expect(await invitedBy()).toEqual([
      [MAYA, 'routing'],
      ['U0JONAS', 'directory'],
    ]);
  });

  it('that have nothing to say are no failure', async () => {
    world.directories = [directory(async () => undefined)];
    await fires();
    expect(world.chat.lines(ROOM)).toEqual([]);
  });

  it('that fail are named in the room and on record, and the others are invited', async () => {
    const failure = new DirectoryError({
      code: 'DIRECTORY_UNAVAILABLE',
      message: 'cannot ask WorkOS: expected 200, got status 503',
      retryable: true,
    });
    world.directories = [directory(() => Promise.reject(failure), 'WorkOS')];
    await fires();
    expect(inside()).toEqual(new Set([MAYA]));
    expect(world.chat.lines(ROOM)).toEqual([
      'WorkOS could not be asked for responders (it answered with status 503): ' +
        'whoever only it names is not called yet.',
    ]);
    const [lost] = (await world.trail.from(INCIDENT, 1)).filter(
      ({ type }) => type === 'DIRECTORY_LOOKUP_FAILED',
    );
    expect(lost?.details).toEqual({ source: 'WorkOS', reason: failure.message });
  });

  it('do not tell what an error nobody planned has to say', async () => {
    world.directories = [directory(() => Promise.reject(new TypeError('secret text')), 'WorkOS')];
    await fires();
    expect(world.chat.lines(ROOM)[0]).toContain('an unexpected error');
    expect(JSON.stringify(await world.trail.from(INCIDENT, 1))).not.toContain('secret text');
  });

  it('that do not answer within 4 s are given up', async () => {
    const waited: number[] = [];
    world.forMs = async (ms) => void waited.push(ms);
    world.directories = [directory(() => new Promise(() => {}), 'WorkOS')];
    await fires();
    expect(waited).toContain(4_000);
    expect(world.chat.lines(ROOM)).toEqual([
      'WorkOS could not be asked for responders (no answer within 4 s): ' +
        'whoever only it names is not called yet.',
    ]);
  });

  it('that answer late hold up neither the card nor whoever is known already', async () => {
    givenPeople(['jonas', 'full']);
    let answer: (given: SourceAnswer) => void = () => {};
    const late = new Promise<SourceAnswer>((resolve) => {
      answer = resolve;
    });
    world.directories = [directory(() => late)];
    const seen: string[] = [];
    await fires((port, method, when) => {
      if (port !== 'chat' || when !== 'after') return;
      seen.push(method);
      // It answers only when the room is usable without it.
      if (method !== 'invite' && method !== 'post') return;
      if (seen.includes('invite') && seen.includes('post')) {
        answer({ people: candidates('jonas'), unresolved: [] });
      }
    });
    expect(seen.filter((method) => method === 'invite')).toHaveLength(2);
    expect(inside()).toEqual(new Set([MAYA, 'U0JONAS']));
  });

  it('that cannot tell who somebody is have that said', async () => {
    const unresolved = [{ who: 'team Checkout', source: 'OnCall', reason: 'it is not told' }];
    world.directories = [directory(async () => ({ people: [], unresolved }), 'OnCall')];
    await fires();
    expect(world.chat.lines(ROOM)).toEqual([
      'Could not invite team Checkout (from OnCall): it is not told.',
    ]);
  });
});

describe('people who cannot be called', () => {
  it('are said in one line: guests, bots, foreign and deactivated people, and strangers', async () => {
    givenPeople(['greta', 'guest'], ['bot', 'bot'], ['paul', 'foreign'], ['omar', 'deactivated']);
    const people = [
      ...candidates('greta', 'bot', 'paul', 'omar', 'nobody'),
      { email: null, reference: 'somebody', source: 'directory' },
    ];
    world.directories = [directory(async () => ({ people, unresolved: [] }))];
    await fires();
    expect(world.chat.lines(ROOM)).toEqual([
      'Could not invite somebody (from directory): no address is known; ' +
        'greta (from directory): guests may read the room but not act in it; ' +
        'bot (from directory): bots may not act; ' +
        'paul (from directory): only members of this workspace may act; ' +
        'omar (from directory): this account is deactivated; ' +
        'nobody (from directory): nobody in the workspace has that address.',
    ]);
    const failed = (await world.trail.from(INCIDENT, 1)).filter(
      ({ type }) => type === 'RESPONDER_INVITE_FAILED',
    );
    expect(failed).toHaveLength(6);
    expect(inside()).toEqual(new Set([MAYA]));
  });

  it('are named up to 15, and the others counted', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `nobody${i}`);
    const people = candidates(...names);
    world.directories = [directory(async () => ({ people, unresolved: [] }))];
    await fires();
    const [line] = world.chat.lines(ROOM);
    expect(line).toContain('nobody14 (from directory)');
    expect(line).not.toContain('nobody15 (from directory)');
    expect(line).toContain('and 5 more, all on record');
  });

  it('though remembered as full members: the refusal is said, and they are looked up anew', async () => {
    const { invite } = world.chat;
    world.chat.invite = async (channelId, userIds) => {
      const others = userIds.filter((id) => id !== MAYA);
      const came = await invite.call(world.chat, channelId, others);
      return { ...came, failed: [{ userId: MAYA, reason: 'user_disabled' }] };
    };
    await fires();
    expect(world.chat.lines(ROOM)).toEqual([
      `Could not invite @${MAYA} (from the configuration): user_disabled.`,
    ]);
    const ofMaya = [...world.hints.rows.values()].filter(({ person }) => person?.id !== 'U0LINA');
    expect(ofMaya.every(({ expiresAtMs }) => expiresAtMs === 0)).toBe(true);
  });
});

describe('when somebody cannot be looked up for now', () => {
  it('the others are invited at once, and the room is completed when it is possible', async () => {
    givenPeople(['jonas', 'full']);
    world.directories = [directory(async () => ({ people: candidates('jonas'), unresolved: [] }))];
    let isLimited = true;
    const { receive, run } = world.worker((_port, method, when) => {
      if (method !== 'personByEmail' || when !== 'before' || !isLimited) return;
      isLimited = false;
      throw chatError('CHAT_RATE_LIMITED', true);
    });
    const body = onCall('alert group created', { time: '2026-11-20T09:00:00Z' });
    const incidentId = await receive.receive(alertMessage(body));
    await expect(run.run(incidentId)).rejects.toThrow();
    expect(inside()?.size).toBe(1);
    await run.run(incidentId);
    expect(inside()).toEqual(new Set([MAYA, 'U0JONAS']));
    expect(world.chat.lines(ROOM)).toEqual([]);
    expect(await invitedBy()).toHaveLength(2);
  });
});

describe('an opening whose room is refused', () => {
  it('is on record while rosters cannot be read, and no failure goes unheard', async () => {
    const unheard: unknown[] = [];
    const hear = (error: unknown) => unheard.push(error);
    process.on('unhandledRejection', hear);
    let isRefused = false;
    await fires((_port, name, when) => {
      if (when !== 'before') return;
      if (name === 'createRoom') {
        isRefused = true;
        throw chatError('CHAT_REFUSED', false, 'missing_scope');
      }
      if (isRefused && name === 'readRoster') throw new Error('rows are away');
    });
    await new Promise(setImmediate);
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
    expect((await world.trail.from(INCIDENT, 1)).map(({ type }) => type)).toContain(
      'ASSEMBLY_FAILED',
    );
  });
});
