import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecretError } from '../../src/domain/errors.ts';
import { composeAudit } from '../../src/handlers/compose-audit.ts';
import { type Verification, verifyTrail } from '../../src/services/verify-trail.ts';
import {
  DECLARED,
  INTAKE,
  OPENED,
  REOPENED,
  startTrailWorld,
  type TrailWorld,
  tellStory,
} from '../trail-builder.ts';
import {
  alter,
  type LooseRow,
  placesOf,
  rechain,
  rehash,
  type StoredTrail,
  storedTrail,
} from './stored-trail.ts';

/** Numbers of the first incident's events; see `tellStory`. */
const APPROVAL = 6;
const STARTED = 7;
const PUBLISHED = 8;
const LAST = 14;
const SIGNED = [6, 8, 11, 13];
const CHAINS = [OPENED, REOPENED, DECLARED, INTAKE];

let world: TrailWorld;
let tools: Awaited<ReturnType<typeof composeAudit>>;
let honest: StoredTrail;

beforeAll(async () => {
  world = await startTrailWorld();
  await tellStory(world);
  tools = await composeAudit({
    access: {
      region: 'us-east-1',
      endpoint: world.url,
      credentials: { accessKeyId: 'AUDIT', secretAccessKey: 'unchecked' },
    },
    tables: undefined,
    keys: undefined,
    clock: { nowMs: () => world.now.ms },
  });
  honest = await storedTrail(tools.reader);
});
afterAll(async () => {
  tools.close();
  await world.close();
});

/** Verifies a copy of the honest trail after a hand was on it. */
async function verifyAfter(
  tamper: (trail: StoredTrail) => void,
  of: { incidentId?: string } = {},
): Promise<Verification> {
  const trail = honest.copy();
  tamper(trail);
  return verifyTrail({ reader: trail, pinned: tools.pinned }, of);
}

/** Where the first bad event is, as `chain#number`. */
async function firstBadAfter(tamper: (trail: StoredTrail) => void): Promise<string> {
  const verdict = await verifyAfter(tamper);
  return verdict.ok ? 'verified' : `${verdict.firstBad.incidentId}#${verdict.firstBad.seq}`;
}

/** Runs one tampering for every row of every chain; gives the rows that were not named. */
async function unnamed(
  tamper: (trail: StoredTrail, at: { incidentId: string; seq: number }) => void,
  expected: (at: { incidentId: string; seq: number }) => number = ({ seq }) => seq,
): Promise<string[]> {
  const missed: string[] = [];
  for (const incidentId of CHAINS) {
    for (let seq = 1; seq <= honest.chain(incidentId).length; seq += 1) {
      const found = await firstBadAfter((trail) => tamper(trail, { incidentId, seq }));
      const wanted = `${incidentId}#${expected({ incidentId, seq })}`;
      if (found !== wanted) missed.push(`${incidentId}#${seq}: ${found}`);
    }
  }
  return missed;
}

describe('verifyTrail() on an honest trail', () => {
  it('verifies every chain and counts what it verified', async () => {
    expect(await verifyAfter(() => {})).toEqual({
      ok: true,
      chains: 4,
      events: 19,
      approvals: 2,
      publications: 2,
      projectionsCompared: true,
    });
  });

  it('verifies one incident alone', async () => {
    const verdict = await verifyAfter(() => {}, { incidentId: OPENED });
    expect(verdict).toMatchObject({ ok: true, chains: 1, events: 14, approvals: 2 });
  });

  it('says that projections were not compared when it may not read them', async () => {
    const verdict = await verifyAfter((trail) => {
      trail.mayReadProjections = false;
    });
    expect(verdict).toMatchObject({ ok: true, chains: 4, projectionsCompared: false });
  });

  it('names an incident of which nothing is known as nothing bad', async () => {
    const verdict = await verifyAfter(() => {}, { incidentId: 'inc-aaaaaaaaaaaaaaaa' });
    expect(verdict).toMatchObject({ ok: true, chains: 0, events: 0 });
  });

  it('fails rather than judge when the public keys cannot be read', async () => {
    const cause = { code: 'SECRET_UNAVAILABLE', message: 'cannot read', retryable: true } as const;
    const keys = { pem: () => Promise.reject(new SecretError(cause)) };
    const pinned = async () => ({ ...(await tools.pinned()), keys });
    await expect(verifyTrail({ reader: honest.copy(), pinned })).rejects.toThrowWithCode(
      SecretError,
      'SECRET_UNAVAILABLE',
    );
  });

  it('accepts events ahead of the projection while a command is under way', async () => {
    const verdict = await verifyAfter((trail) => {
      const state = trail.state(DECLARED);
      Object.assign(state, { version: 1, unfinishedToken: 'command', actedSeq: 1 });
      state.state.headHash = trail.row(DECLARED, 1).hash;
      trail.incidents = trail.incidents.filter((row) => row.seq !== 2 || row.pk !== state.pk);
    });
    expect(verdict.ok).toBe(true);
  });
});

describe('verifyTrail() names the row when somebody edits it', () => {
  it('at any field of any row', async () => {
    const missed: string[] = [];
    for (const row of honest.audit) {
      for (const path of placesOf(row)) {
        const found = await firstBadAfter((trail) => {
          alter(trail.row(row.incidentId, row.seq), path);
        });
        if (found !== `${row.incidentId}#${row.seq}`) missed.push(`${path.join('.')}: ${found}`);
      }
    }
    expect(missed).toEqual([]);
  });

  it('by removing any attribute', async () => {
    const missed: string[] = [];
    for (const row of honest.audit) {
      for (const name of Object.keys(row)) {
        if (name === 'pk' || name === 'sk') continue;
        const found = await firstBadAfter((trail) => {
          delete trail.row(row.incidentId, row.seq)[name];
        });
        if (found !== `${row.incidentId}#${row.seq}`) missed.push(`${name}: ${found}`);
      }
    }
    expect(missed).toEqual([]);
  });

  it('by adding an attribute', async () => {
    const missed = await unnamed((trail, { incidentId, seq }) => {
      trail.row(incidentId, seq).remark = 'harmless';
    });
    expect(missed).toEqual([]);
  });

  it('and hashes it again', async () => {
    const missed = await unnamed((trail, { incidentId, seq }) => {
      const row = trail.row(incidentId, seq);
      row.commandId = `${row.commandId}x`;
      rehash(row);
    });
    expect(missed).toEqual([]);
  });

  it('and gives it another predecessor', async () => {
    const missed = await unnamed((trail, { incidentId, seq }) => {
      const row = trail.row(incidentId, seq);
      row.prevHash = 'a'.repeat(64);
      rehash(row);
    });
    expect(missed).toEqual([]);
  });

  it('with text that no hash can cover', async () => {
    const found = await firstBadAfter((trail) => {
      trail.row(OPENED, 9).details.text = 'lone \ud800 surrogate';
    });
    expect(found).toBe(`${OPENED}#9`);
  });

  it('with a value of another type', async () => {
    const found = await firstBadAfter((trail) => {
      trail.row(OPENED, 9).seq = '9';
    });
    expect(found).toBe(`${OPENED}#9`);
  });
});

describe('verifyTrail() names the place when somebody moves rows', () => {
  it('by deleting any row: the first missing number', async () => {
    const missed = await unnamed((trail, { incidentId, seq }) => {
      trail.remove(trail.row(incidentId, seq));
    });
    expect(missed).toEqual([]);
  });

  it('by deleting the last rows: the first missing number', async () => {
    const missed = await unnamed((trail, { incidentId, seq }) => {
      for (const row of trail.chain(incidentId)) if (row.seq >= seq) trail.remove(row);
    });
    expect(missed).toEqual([]);
  });

  it('by deleting the whole trail of an incident', async () => {
    const found = await Promise.all(
      CHAINS.map((incidentId) =>
        firstBadAfter((trail) => {
          for (const row of trail.chain(incidentId)) trail.remove(row);
        }),
      ),
    );
    expect(found).toEqual(CHAINS.map((incidentId) => `${incidentId}#1`));
  });

  it('by deleting a whole trail and its projections, when another incident names it', async () => {
    const verdict = await verifyAfter((trail) => {
      for (const row of trail.chain(OPENED)) trail.remove(row);
      trail.incidents = trail.incidents.filter(
        (row) => row.pk !== `INCIDENT#${OPENED}` && row.incidentId !== OPENED,
      );
    });
    expect(verdict).toMatchObject({
      ok: false,
      firstBad: {
        incidentId: OPENED,
        seq: 1,
        reason: `the whole trail is missing: ${REOPENED}#1 names it`,
      },
    });
  });

  it('by exchanging the contents of any two rows', async () => {
    const missed: string[] = [];
    for (let a = 1; a < LAST; a += 1) {
      for (let b = a + 1; b <= LAST; b += 1) {
        const found = await firstBadAfter((trail) => exchange(trail, a, b));
        if (found !== `${OPENED}#${a}`) missed.push(`${a} and ${b}: ${found}`);
      }
    }
    expect(missed).toEqual([]);
  });

  it('by exchanging two rows, numbering and hashing them again', async () => {
    const found = await firstBadAfter((trail) => {
      exchange(trail, 2, 3);
      for (const seq of [2, 3]) {
        const row = trail.row(OPENED, seq);
        row.seq = seq;
        rehash(row);
      }
    });
    expect(found).toBe(`${OPENED}#2`);
  });

  it('by exchanging rows of two incidents', async () => {
    const found = await firstBadAfter((trail) => {
      const [a, b] = [trail.row(OPENED, 2), trail.row(DECLARED, 2)];
      [a.pk, b.pk] = [b.pk, a.pk];
    });
    expect([`${OPENED}#2`, `${DECLARED}#2`]).toContain(found);
  });

  it('by copying a chain to another incident and hashing it again', async () => {
    const copied = 'inc-2222222222222222';
    const found = await firstBadAfter((trail) => {
      for (const row of trail.chain(REOPENED)) {
        const copy = { ...structuredClone(row), pk: `INCIDENT#${copied}`, incidentId: copied };
        trail.audit.push(copy);
      }
      rechain(trail, copied, 1);
    });
    expect(found).toBe(`${copied}#1`);
  });

  it('by inserting a well-made row at the end', async () => {
    const found = await Promise.all(
      CHAINS.map((incidentId) => firstBadAfter((trail) => appendForged(trail, incidentId))),
    );
    expect(found).toEqual([`${OPENED}#15`, `${REOPENED}#3`, `${DECLARED}#3`, `${INTAKE}#2`]);
  });

  it('by inserting a row in the middle and chaining all that follows again', async () => {
    const found = await firstBadAfter((trail) => {
      for (const row of trail.chain(OPENED).reverse()) {
        if (row.seq < 4) continue;
        row.seq += 1;
        row.sk = String(row.seq).padStart(10, '0');
      }
      const forged = structuredClone(trail.row(OPENED, 3));
      Object.assign(forged, { seq: 4, sk: '0000000004', commandId: 'forged' });
      trail.audit.push(forged);
      rechain(trail, OPENED, 4);
    });
    expect(found).toBe(`${OPENED}#4`);
  });

  it('by inserting a row under a key that is no number', async () => {
    const found = await firstBadAfter((trail) => {
      trail.audit.push({ ...structuredClone(trail.row(OPENED, 3)), sk: '3' });
    });
    expect(found).toBe(`${OPENED}#3`);
  });

  it('by inserting a row into a partition that is no chain', async () => {
    const found = await firstBadAfter((trail) => {
      trail.audit.push({ ...structuredClone(trail.row(OPENED, 3)), pk: 'INCIDENT#other' });
    });
    expect(found).toBe('other#3');
  });
});

describe('verifyTrail() when somebody edits a row and chains the whole tail again', () => {
  const edited = (trail: StoredTrail, seq: number) => {
    const row = trail.row(OPENED, seq);
    row.at = row.at.replace(/\d{3}Z$/, '777Z');
    rechain(trail, OPENED, seq);
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])(
    'names the next signed event, or the head: row %i',
    async (seq) => {
      const found = await firstBadAfter((trail) => edited(trail, seq));
      // A signature covers the hash before it: it tells of rows before its own.
      const next = SIGNED.find((signed) => signed > seq) ?? LAST;
      expect(found).toBe(`${OPENED}#${next}`);
    },
  );

  it('and the projection too: the next signature still names it', async () => {
    const found = await firstBadAfter((trail) => {
      edited(trail, 9);
      trail.state(OPENED).state.headHash = trail.row(OPENED, LAST).hash;
    });
    expect(found).toBe(`${OPENED}#11`);
  });

  it('and the projection too, after the last signature: nothing can show it', async () => {
    const found = await firstBadAfter((trail) => {
      edited(trail, LAST);
      trail.state(OPENED).state.headHash = trail.row(OPENED, LAST).hash;
    });
    expect(found).toBe('verified');
  });
});

describe('verifyTrail() and the approval gate', () => {
  /** Changes a row and everything after it, so that only its meaning is wrong. */
  const rewritten = async (seq: number, change: (row: LooseRow) => void) => {
    const verdict = await verifyAfter((trail) => {
      change(trail.row(OPENED, seq));
      rechain(trail, OPENED, seq);
      trail.state(OPENED).state.headHash = trail.row(OPENED, LAST).hash;
    });
    return verdict.ok ? 'verified' : verdict.firstBad;
  };

  it('refuses an approval whose signature was altered by one character', async () => {
    const found = await rewritten(APPROVAL, (row: LooseRow) => {
      row.details.approvalJws = withOtherSignature(row.details.approvalJws);
    });
    expect(found).toEqual({
      incidentId: OPENED,
      seq: APPROVAL,
      reason: 'its signature is not by the approval key',
    });
  });

  it('refuses a publication signed as an approval', async () => {
    const found = await rewritten(PUBLISHED, (row: LooseRow) => {
      row.details.publicationJws = honest.row(OPENED, APPROVAL).details.approvalJws;
    });
    expect(found).toMatchObject({
      seq: PUBLISHED,
      reason: 'its signature is not by the publication key',
    });
  });

  it('refuses an approval in the name of another person', async () => {
    const found = await rewritten(APPROVAL, (row: LooseRow) => {
      row.actor.id = 'U0LINA';
      row.actorMonth = 'slack_user:U0LINA#2026-11';
    });
    expect(found).toMatchObject({
      seq: APPROVAL,
      reason: 'its signature covers another approver',
    });
  });

  it('refuses a text that is not the one its digest names', async () => {
    const found = await rewritten(4, (row: LooseRow) => {
      row.details.request.body.incident.body = 'All is well.';
    });
    expect(found).toMatchObject({ seq: 4, reason: 'its digest is not that of its text' });
  });

  it('names an attempt that started without its approval', async () => {
    const verdict = await verifyAfter((trail) => {
      const row = trail.row(OPENED, APPROVAL);
      row.details.approvalJws = withOtherSignature(row.details.approvalJws);
      rehash(row);
    });
    expect(verdict).toMatchObject({ ok: false, firstBad: { seq: APPROVAL } });
    expect(verdict.ok ? [] : verdict.problems).toContainEqual({
      incidentId: OPENED,
      seq: STARTED,
      reason: 'it needed 1 valid approval(s) and had 0',
    });
  });

  it('refuses a publication by anybody but the publisher', async () => {
    const found = await rewritten(PUBLISHED, (row: LooseRow) => {
      row.actor = { kind: 'system', id: 'incident-worker' };
      row.actorMonth = 'system:incident-worker#2026-11';
    });
    expect(found).toMatchObject({
      seq: PUBLISHED,
      reason: 'STATUSPAGE_PUBLISHED cannot be the act of its actor',
    });
  });
});

function exchange(trail: StoredTrail, a: number, b: number): void {
  const [first, second] = [trail.row(OPENED, a), trail.row(OPENED, b)];
  [first.sk, second.sk] = [second.sk, first.sk];
}

function appendForged(trail: StoredTrail, incidentId: string): void {
  const last = trail.chain(incidentId).at(-1) ?? {};
  const seq = Number(last.seq) + 1;
  trail.audit.push({
    ...structuredClone(last),
    sk: String(seq).padStart(10, '0'),
    seq,
    commandId: 'forged',
    type: 'NOTE_ADDED',
    typeMonth: `NOTE_ADDED#${last.at.slice(0, 7)}`,
    details: { text: 'forged' },
  });
  rechain(trail, incidentId, seq);
}

/** Changes a character in the middle: of the last one some bits mean nothing. */
function withOtherSignature(jws: string): string {
  return `${jws.slice(0, -10)}${jws.at(-10) === 'A' ? 'B' : 'A'}${jws.slice(-9)}`;
}
