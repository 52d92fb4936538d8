import { describe, expect, it } from 'vitest';
import { OPENED } from '../trail-story.ts';
import { alter, placesOf, rechain, rehash, type StoredTrail } from './stored-trail.ts';
import { LAST, useStoryTrail } from './story-trail.ts';

const story = useStoryTrail();

/** Events of the first incident that carry a signature. */
const SIGNED = [6, 8, 11, 13];

describe('verifyTrail() names the row when somebody edits it', () => {
  it('at any field of any row', async () => {
    const missed: string[] = [];
    for (const row of story.honest.audit) {
      for (const path of placesOf(row)) {
        const found = await story.firstBadAfter((trail) => {
          alter(trail.row(row.incidentId, row.seq), path);
        });
        if (found !== `${row.incidentId}#${row.seq}`) missed.push(`${path.join('.')}: ${found}`);
      }
    }
    expect(missed).toEqual([]);
  });

  it('by removing any attribute', async () => {
    const missed: string[] = [];
    for (const row of story.honest.audit) {
      for (const name of Object.keys(row)) {
        if (name === 'pk' || name === 'sk') continue;
        const found = await story.firstBadAfter((trail) => {
          delete trail.row(row.incidentId, row.seq)[name];
        });
        if (found !== `${row.incidentId}#${row.seq}`) missed.push(`${name}: ${found}`);
      }
    }
    expect(missed).toEqual([]);
  });

  it('by adding an attribute', async () => {
    const missed = await story.unnamed((trail, { incidentId, seq }) => {
      trail.row(incidentId, seq).remark = 'harmless';
    });
    expect(missed).toEqual([]);
  });

  it('and hashes it again', async () => {
    const missed = await story.unnamed((trail, { incidentId, seq }) => {
      const row = trail.row(incidentId, seq);
      row.commandId = `${row.commandId}x`;
      rehash(row);
    });
    expect(missed).toEqual([]);
  });

  it('and gives it another predecessor', async () => {
    const missed = await story.unnamed((trail, { incidentId, seq }) => {
      const row = trail.row(incidentId, seq);
      row.prevHash = 'a'.repeat(64);
      rehash(row);
    });
    expect(missed).toEqual([]);
  });

  it('with text that no hash can cover', async () => {
    const found = await story.firstBadAfter((trail) => {
      trail.row(OPENED, 9).details.text = 'lone \ud800 surrogate';
    });
    expect(found).toBe(`${OPENED}#9`);
  });

  it('with a value of another type', async () => {
    const found = await story.firstBadAfter((trail) => {
      trail.row(OPENED, 9).seq = '9';
    });
    expect(found).toBe(`${OPENED}#9`);
  });
});

describe('verifyTrail() when somebody edits a row and chains the whole tail again', () => {
  const edited = (trail: StoredTrail, seq: number) => {
    const row = trail.row(OPENED, seq);
    row.at = row.at.replace(/\d{3}Z$/, '777Z');
    rechain(trail, OPENED, seq);
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])(
    'names the signed event itself, else the next one, or the head: row %i',
    async (seq) => {
      const found = await story.firstBadAfter((trail) => edited(trail, seq));
      // A signature covers the hash before it, so it tells of rows before its own; and the time of
      // its own row, in an approval's own words or in a publication's receipt.
      const next = SIGNED.find((signed) => signed >= seq) ?? LAST;
      expect(found).toBe(`${OPENED}#${next}`);
    },
  );

  it('and the projection too: the next signature still names it', async () => {
    const found = await story.firstBadAfter((trail) => {
      edited(trail, 9);
      trail.state(OPENED).state.headHash = trail.row(OPENED, LAST).hash;
    });
    expect(found).toBe(`${OPENED}#11`);
  });

  it('and the projection too, after the last signature: nothing can show it', async () => {
    const found = await story.firstBadAfter((trail) => {
      edited(trail, LAST);
      trail.state(OPENED).state.headHash = trail.row(OPENED, LAST).hash;
    });
    expect(found).toBe('verified');
  });
});
