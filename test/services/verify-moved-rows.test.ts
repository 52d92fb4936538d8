import { describe, expect, it } from 'vitest';
import { DECLARED, INTAKE, OPENED, REOPENED } from '../trail-story.ts';
import { rechain, rehash, type StoredTrail } from './stored-trail.ts';
import { CHAINS, LAST, useStoryTrail } from './story-trail.ts';

const story = useStoryTrail();

describe('verifyTrail() names the place when somebody moves rows', () => {
  it('by deleting any row: the first missing number', async () => {
    const missed = await story.unnamed((trail, { incidentId, seq }) => {
      trail.remove(trail.row(incidentId, seq));
    });
    expect(missed).toEqual([]);
  });

  it('by deleting the last rows: the first missing number', async () => {
    const missed = await story.unnamed((trail, { incidentId, seq }) => {
      for (const row of trail.chain(incidentId)) if (row.seq >= seq) trail.remove(row);
    });
    expect(missed).toEqual([]);
  });

  it('by deleting the whole trail of an incident', async () => {
    const found = await Promise.all(
      CHAINS.map((incidentId) =>
        story.firstBadAfter((trail) => {
          for (const row of trail.chain(incidentId)) trail.remove(row);
        }),
      ),
    );
    expect(found).toEqual(CHAINS.map((incidentId) => `${incidentId}#1`));
  });

  it('by deleting a whole trail and its projections, when another incident names it', async () => {
    const verdict = await story.verifyAfter((trail) => {
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
        const found = await story.firstBadAfter((trail) => exchange(trail, a, b));
        if (found !== `${OPENED}#${a}`) missed.push(`${a} and ${b}: ${found}`);
      }
    }
    expect(missed).toEqual([]);
  });

  it('by exchanging two rows, numbering and hashing them again', async () => {
    const found = await story.firstBadAfter((trail) => {
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
    const found = await story.firstBadAfter((trail) => {
      const [a, b] = [trail.row(OPENED, 2), trail.row(DECLARED, 2)];
      [a.pk, b.pk] = [b.pk, a.pk];
    });
    expect([`${OPENED}#2`, `${DECLARED}#2`]).toContain(found);
  });

  it('by copying a chain to another incident and hashing it again', async () => {
    const copied = 'inc-2222222222222222';
    const found = await story.firstBadAfter((trail) => {
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
      CHAINS.map((incidentId) => story.firstBadAfter((trail) => appendForged(trail, incidentId))),
    );
    expect(found).toEqual([`${OPENED}#15`, `${REOPENED}#3`, `${DECLARED}#3`, `${INTAKE}#2`]);
  });

  it('by inserting a row in the middle and chaining all that follows again', async () => {
    const found = await story.firstBadAfter((trail) => {
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
    const found = await story.firstBadAfter((trail) => {
      trail.audit.push({ ...structuredClone(trail.row(OPENED, 3)), sk: '3' });
    });
    expect(found).toBe(`${OPENED}#3`);
  });

  it('by inserting a row into a partition that is no chain', async () => {
    const found = await story.firstBadAfter((trail) => {
      trail.audit.push({ ...structuredClone(trail.row(OPENED, 3)), pk: 'INCIDENT#other' });
    });
    expect(found).toBe('other#3');
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
