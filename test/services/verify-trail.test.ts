import { describe, expect, it } from 'vitest';
import { SecretError } from '../../src/domain/errors.ts';
import { verifyTrail } from '../../src/services/verify-trail.ts';
import { DECLARED, OPENED } from '../trail-story.ts';
import { type LooseRow, rechain, rehash } from './stored-trail.ts';
import { LAST, useStoryTrail } from './story-trail.ts';

const story = useStoryTrail();

/** Numbers of the first incident's events; see `tellStory`. */
const APPROVAL = 6;
const STARTED = 7;
const PUBLISHED = 8;

describe('verifyTrail() on an honest trail', () => {
  it('verifies every chain and counts what it verified', async () => {
    expect(await story.verifyAfter(() => {})).toEqual({
      ok: true,
      chains: 4,
      events: 19,
      approvals: 2,
      publications: 2,
      projectionsCompared: true,
    });
  });

  it('verifies one incident alone', async () => {
    const verdict = await story.verifyAfter(() => {}, { incidentId: OPENED });
    expect(verdict).toMatchObject({ ok: true, chains: 1, events: 14, approvals: 2 });
  });

  it('says that projections were not compared when it may not read them', async () => {
    const verdict = await story.verifyAfter((trail) => {
      trail.mayReadProjections = false;
    });
    expect(verdict).toMatchObject({ ok: true, chains: 4, projectionsCompared: false });
  });

  it('names an incident of which nothing is known as nothing bad', async () => {
    const verdict = await story.verifyAfter(() => {}, { incidentId: 'inc-aaaaaaaaaaaaaaaa' });
    expect(verdict).toMatchObject({ ok: true, chains: 0, events: 0 });
  });

  it('fails rather than judge when the public keys cannot be read', async () => {
    const cause = { code: 'SECRET_UNAVAILABLE', message: 'cannot read', retryable: true } as const;
    const keys = { pem: () => Promise.reject(new SecretError(cause)) };
    const pinned = async () => ({ ...(await story.tools.pinned()), keys });
    await expect(verifyTrail({ reader: story.honest.copy(), pinned })).rejects.toThrowWithCode(
      SecretError,
      'SECRET_UNAVAILABLE',
    );
  });

  it('accepts events ahead of the projection while a command is under way', async () => {
    const verdict = await story.verifyAfter((trail) => {
      const state = trail.state(DECLARED);
      Object.assign(state, { version: 1, unfinishedToken: 'command', actedSeq: 1 });
      state.state.headHash = trail.row(DECLARED, 1).hash;
      trail.incidents = trail.incidents.filter((row) => row.seq !== 2 || row.pk !== state.pk);
    });
    expect(verdict.ok).toBe(true);
  });
});

describe('verifyTrail() and the approval gate', () => {
  /** Changes a row and everything after it, so that only its meaning is wrong. */
  const rewritten = async (seq: number, change: (row: LooseRow) => void) => {
    const verdict = await story.verifyAfter((trail) => {
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
      row.details.publicationJws = story.honest.row(OPENED, APPROVAL).details.approvalJws;
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
    const verdict = await story.verifyAfter((trail) => {
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

/** Changes a character in the middle: of the last one some bits mean nothing. */
function withOtherSignature(jws: string): string {
  return `${jws.slice(0, -10)}${jws.at(-10) === 'A' ? 'B' : 'A'}${jws.slice(-9)}`;
}
