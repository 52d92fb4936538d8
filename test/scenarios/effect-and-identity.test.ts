import { describe, expect, it } from 'vitest';
import { givenWorld, type Incident, PEOPLE } from './war-room.ts';

const OWN_WORDS = 'nobody approves text that they requested, wrote or edited';

describe('whoever may not approve their own text', () => {
  const metrics: string[] = [];
  const stage = givenWorld({}, { writeLog: (line) => void metrics.push(line) });
  const account = (who: keyof typeof PEOPLE) =>
    stage.world.slack.workspace.people.find(({ id }) => id === PEOPLE[who])!;
  const group = (handle: string) =>
    stage.world.slack.workspace.userGroups.find((each) => each.handle === handle)!;
  const denial = async (incident: Incident) =>
    (await incident.last('STATUSPAGE_APPROVAL_DENIED')).details;

  it('is refused on a P4 twin of the P1 that they declare themselves, quiet as it is', async () => {
    const big = await stage.givenP1();
    await big.givenDraft('maya');
    await big.clicks('maya', 'statuspage_approve');
    expect(await denial(big)).toMatchObject({ policyIds: ['p1-four-eyes'] });

    const twin = await stage.declares('maya', {
      title: 'A small thing',
      service: 'checkout-api',
      severity: 'P4',
    });
    await twin.says('maya', 'draft investigating');
    const quiet = { title: 'All is well', text: 'Nothing to see.', notify: 'no' };
    expect(await twin.submits('maya', quiet)).toBeUndefined();
    const rule = `this or a related incident is or was P1 or P2: ${OWN_WORDS}`;
    await twin.clicks('maya', 'statuspage_approve');
    expect(await denial(twin)).toMatchObject({ policyIds: ['related-four-eyes'], rule });
    await twin.expectTold('maya', rule);
    await twin.expectPage([]);

    await twin.joins('priya');
    await twin.clicks('priya', 'statuspage_approve');
    await twin.expectPage(['Nothing to see.']);
    const { effect } = (await twin.last('STATUSPAGE_DRAFT_APPROVED')).details;
    expect(effect).toMatchObject({ notify: false, declaredBy: PEOPLE.maya, relatedSeverity: 'P1' });
    expect(effect?.related).toContain(big.id);
  });

  it('is refused under another account while the author’s address is not verified', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft('jonas');
    const { email } = account('jonas');
    account('jonas').email = '';
    await incident.clicks('priya', 'statuspage_approve');
    expect(await denial(incident)).toMatchObject({ reason: 'IDENTITY_UNKNOWN' });
    await incident.expectTold('priya', 'nobody can tell whether you wrote this');
    await incident.expectPage([]);
    account('jonas').email = email;
    await incident.clicks('priya', 'statuspage_approve');
    expect(await incident.count('STATUSPAGE_PUBLISHED')).toBe(1);
  });

  it('is refused at name+tag@ of the author', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft('jonas');
    const { email } = account('priya');
    account('priya').email = 'Jonas.Berg+oncall@example.com';
    await incident.clicks('priya', 'statuspage_approve');
    expect(await denial(incident)).toMatchObject({ policyIds: ['p1-four-eyes'] });
    account('priya').email = email;
  });

  it('nobody approves by a group that took the handle of the pinned one; it is alarmed', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft('maya');
    const approvers = group('status-approvers');
    approvers.handle = 'old-approvers';
    const users = [PEOPLE.priya, PEOPLE.sam];
    const taken = { ...approvers, id: 'S04ANOTHER1', handle: 'status-approvers', users };
    stage.world.slack.workspace.userGroups.push(taken);
    metrics.length = 0;
    await incident.clicks('priya', 'statuspage_approve');
    expect(await denial(incident)).toMatchObject({ reason: 'GROUP_MOVED' });
    await incident.expectTold('priya', '@status-approvers is not the user group that was pinned');
    expect(metrics.filter((line) => line.includes('GroupMoved')).length).toBeGreaterThan(0);
    await incident.expectPage([]);

    stage.world.slack.workspace.userGroups.pop();
    approvers.handle = 'status-approvers';
    await incident.clicks('priya', 'statuspage_approve');
    expect(await incident.count('STATUSPAGE_PUBLISHED')).toBe(1);
  });
});
