import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { givenWorld, type Incident, SOME_TEXT } from './war-room.ts';

/*
 * The policy is changed and deployed while an approval waits for its publication. That approval was
 * given under a rule that no longer holds: it is void, everybody is told, and a new one publishes.
 */
const SHIPPED = join(import.meta.dirname, '../../config');
const folder = mkdtempSync(join(tmpdir(), 'policy-changed-'));
cpSync(SHIPPED, folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stage = givenWorld({ functions: 'process' }, { configFolder: folder });
const POLICY = join(folder, 'policies/status-page.cedar');
const SAID = 'another approval rule holds by now';

let incident: Incident;
let isChanged = false;
beforeEach(async () => {
  if (isChanged) {
    cpSync(join(SHIPPED, 'policies'), join(folder, 'policies'), { recursive: true });
    redeploy();
  }
  incident = await stage.givenP1();
  await incident.joins('tomas');
});

/** A deployment replaces every running function; the new ones read the files anew. */
function redeploy(): void {
  for (const name of ['slack-ingress', 'incident-worker', 'publisher'] as const) {
    stage.world.kill(name);
  }
}

function changePolicy(from: string | RegExp, to: string): void {
  const before = readFileSync(POLICY, 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(POLICY, after);
  isChanged = true;
  redeploy();
}

/** Digests of the policies that the approvals so far were given under. */
async function digests(): Promise<string[]> {
  return (await incident.trail()).flatMap((event) =>
    event.type === 'STATUSPAGE_DRAFT_APPROVED' ? [event.details.policyDigest] : [],
  );
}

async function expectVoided(): Promise<void> {
  const refused = await incident.last('STATUSPAGE_PUBLISH_REFUSED');
  expect(refused.details).toMatchObject({ reason: 'POLICY_CHANGED', kind: 'recoverable' });
  expect(await incident.count('STATUSPAGE_PUBLISH_REFUSED')).toBe(1);
  await incident.expectPage([]);
  // The card is back, says why, and can be approved again.
  const card = await approvalCard();
  expect(card).toContain(SAID);
  expect(card).toContain('statuspage_approve');
}

/** The newest card with an Approve button, or with the reason, as Slack shows it. */
async function approvalCard(): Promise<string> {
  const { messages } = await stage.actors.channel(await incident.room());
  const cards = messages.map(({ text, blocks }) => JSON.stringify({ text, blocks }));
  return cards.findLast((card) => card.includes(SOME_TEXT)) ?? '';
}

describe('a policy that is changed before the publication', () => {
  it('while a second approver is waited for: both approvals are void, and two new ones publish', async () => {
    changePolicy('@approvers("1")', '@approvers("2")');
    await incident.givenDraft();
    await incident.clicks('priya', 'statuspage_approve');
    expect(await incident.count('STATUSPAGE_DRAFT_APPROVED')).toBe(1);
    await incident.expectPage([]);

    changePolicy('@validForS("1800")', '@validForS("900")');
    await incident.clicks('tomas', 'statuspage_approve');
    await stage.passes({ seconds: 10 });
    expect(new Set(await digests()).size).toBe(2);
    await expectVoided();

    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectPage([]);
    await incident.clicks('tomas', 'statuspage_approve');
    await stage.passes({ seconds: 10 });
    await incident.expectPage([SOME_TEXT]);
    expect(new Set((await digests()).slice(-2)).size).toBe(1);
  });

  it('while the page is busy: the approval is void, and a new one publishes', async () => {
    await incident.givenDraft();
    stage.fault('statuspage', { match: 'create_incident', status: 429 });
    await incident.clicks('priya', 'statuspage_approve');
    expect(await incident.count('STATUSPAGE_PUBLISH_NOT_EXECUTED')).toBe(1);

    changePolicy('@rule("P1: one', '@rule("P1, since today: one');
    await stage.passes({ minutes: 2 });
    await expectVoided();

    await incident.clicks('priya', 'statuspage_approve');
    await stage.passes({ seconds: 10 });
    await incident.expectPage([SOME_TEXT]);
    const { details } = await incident.last('STATUSPAGE_DRAFT_APPROVED');
    expect(details.rule).toBe(
      'P1, since today: one status-approver who did not write or edit this text',
    );
    expect(details.policyIds).toEqual(['p1-status-approver']);
  });
});
