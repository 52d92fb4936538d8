import { mkdirSync } from 'node:fs';
import { DeleteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BrowserWorld, fireP1, givenBrowserWorld, tabTo } from './browser-world.ts';

let given: BrowserWorld;
beforeAll(async () => {
  given = await givenBrowserWorld();
  mkdirSync('reports', { recursive: true });
});
afterAll(() => given?.close());

it('a person fires, is refused their own text, approves as another, and customers read it', async () => {
  const page = await given.visit();
  await fireP1(page);
  await page.getByText('Context: checkout-api').waitFor();
  // What a newcomer needs first stays in view, however much comes in below.
  expect(await isInView(page, 'action-incident_take_ic')).toBe(true);
  await draftByForm(page, 'Checkout fails for some customers. We are rolling back.');

  await approve(page);
  await page
    .getByText('nobody approves text that they requested, wrote or edited')
    .first()
    .waitFor();
  expect(await page.getByTestId('page-incident').count()).toBe(0);

  expect(await page.getByTestId('guide-action').innerText()).toBe('Act as Priya Raman');
  await page.getByTestId('guide-action').click();
  expect(await page.getByTestId('acting-name').innerText()).toBe('Priya Raman');
  await approve(page);

  const update = page.getByTestId('page-update').first();
  await update.waitFor();
  expect(await update.innerText()).toContain(
    'Checkout fails for some customers. We are rolling back.',
  );
  expect(await page.getByTestId('page-status').innerText()).toBe('Major Service Outage');
  await expectEvents(page, [
    'STATUSPAGE_APPROVAL_DENIED',
    'STATUSPAGE_DRAFT_APPROVED',
    'STATUSPAGE_PUBLISHED',
  ]);
  expect(await page.getByTestId('verdict').innerText()).toMatch(/^✓ Verified · \d+ events$/);
});

it('the incident is resolved, the public page too, and the postmortem can be read', async () => {
  const page = await given.visit({ colorScheme: 'dark' });
  await page.locator('[data-testid^=channel-inc-]').first().click();
  await page.getByTestId('guide-action').getByText('Resolve the incident').waitFor();
  await page.screenshot({ path: 'reports/page-dark.png' });
  const light = await given.visit();
  await light.locator('[data-testid^=channel-inc-]').first().click();
  await light.getByTestId('page-update').first().waitFor();
  await light.getByTestId('event').first().waitFor();
  await light.screenshot({ path: 'reports/page-light.png' });

  await page.getByTestId('guide-action').click();
  await page.getByTestId('modal').locator('textarea').fill('A bad deploy was rolled back.');
  await page.getByTestId('modal-submit').click();
  const other = page.getByTestId('guide-action').getByText('Act as Priya Raman');
  await other.click();
  await page.getByTestId('guide-action').getByText('Go to the card').click();
  await page.locator('[data-action=statuspage_approve]:focus').waitFor();
  await page.keyboard.press('Enter');
  await page.getByTestId('confirm-yes').click();

  await page.getByText('The incident is over, inside and outside.').waitFor();
  expect(await page.getByTestId('page-status').innerText()).toBe('All Systems Operational');
  // The room holds one or two of them: a second is uploaded once customers read the end.
  await page.getByTestId('open-file').filter({ hasText: 'Postmortem' }).last().click();
  await page.getByTestId('file').getByText('A bad deploy was rolled back.').waitFor();
});

it('fire to publish works by keyboard alone', async () => {
  const page = await given.visit();
  const before = await page.getByTestId('page-incident').count();
  await tabTo(page, 'fire');
  await page.keyboard.press('Enter');
  await page.getByTestId('guide-step-draft').and(page.locator('[aria-current=step]')).waitFor();
  // The command box: type, pick from the list, write the words, send.
  await tabTo(page, 'composer');
  await page.keyboard.type('/dra');
  await page.keyboard.press('Enter');
  await page.keyboard.type('investigating Payments by card fail. We are on it.');
  await page.keyboard.press('Enter');
  await page.getByTestId('action-statuspage_approve').first().waitFor();
  await page.getByTestId('guide-action').getByText('Act as Priya Raman').waitFor();
  // The person switcher: arrows move, Enter takes.
  await tabTo(page, 'person-switcher');
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  expect(await page.getByTestId('acting-name').innerText()).toBe('Priya Raman');
  await tabTo(page, 'action-statuspage_approve');
  await page.keyboard.press('Enter');
  await tabTo(page, 'confirm-yes', 5);
  await page.keyboard.press('Enter');
  await page.getByText('Payments by card fail. We are on it.').nth(2).waitFor();
  await page.waitForFunction(
    `document.querySelectorAll('[data-testid=page-incident]').length > ${before}`,
  );
});

it('somebody who is not in the room is told so and offered a member', async () => {
  const page = await given.visit();
  await page.locator('[data-testid^=channel-inc-]').first().click();
  await page.getByTestId('person-switcher').click();
  await page.getByTestId('person-switcher-sam.okafor').click();
  expect(await page.getByTestId('not-a-member').innerText()).toContain('Sam is not in this room');
  await page.getByTestId('action-statuspage_draft').first().click();
  expect(await page.getByTestId('notice').innerText()).toContain(
    'Sam is not in this room, so Sam cannot act in it.',
  );
  await page.getByTestId('notice').getByText('Act as Maya Ito').click();
  expect(await page.getByTestId('acting-name').innerText()).toBe('Maya Ito');
});

it('a row deleted by hand is named beside the trail', async () => {
  const page = await given.visit();
  await fireP1(page);
  const { ready } = given.world;
  const client = new DynamoDBClient({
    endpoint: ready.urls.aws,
    region: ready.region,
    credentials: ready.credentials,
  });
  const [shown] = await page.getByTestId('event').last().locator('code').allInnerTexts();
  expect(shown).toMatch(/^[0-9a-f]{8}$/);
  const rows = await client.send(new ScanCommand({ TableName: ready.tables.audit }));
  const first = rows.Items?.find(({ hash }) => hash?.S?.startsWith(shown!));
  const key = { pk: first!.pk!, sk: { S: '0000000002' } };
  await client.send(new DeleteItemCommand({ TableName: ready.tables.audit, Key: key }));
  await page.getByTestId('verdict').getByText('Event 2').waitFor();
  expect(await page.getByTestId('verdict').innerText()).toBe('✕ Event 2: this event is missing');
});

it('an alert storm ends in one room, which comes to the front and names the others', async () => {
  const page = await given.visit();
  await page.getByTestId('fire-menu').click();
  await page.getByText('Alert storm').click();
  await page.getByText('This is an alert storm of web-frontend').waitFor({ timeout: 120_000 });
  expect(await page.locator('[data-testid^=channel-inc-]').count()).toBeGreaterThanOrEqual(11);
  await page.getByText('20 linked here, 10 incidents opened before').waitFor({ timeout: 60_000 });
  await page.screenshot({ path: 'reports/page-storm.png' });
}, 240_000);

/** Whether a person sees it without scrolling. */
function isInView(page: Page, testId: string): Promise<unknown> {
  return page.evaluate(`(() => {
    const place = (element) => element.getBoundingClientRect();
    const list = place(document.querySelector('[data-testid=messages]'));
    const { top, bottom } = place(document.querySelector('[data-testid=${testId}]'));
    return top >= list.top && bottom <= list.bottom;
  })()`);
}

async function draftByForm(page: Page, words: string): Promise<void> {
  await page.getByTestId('guide-action').getByText('Draft an update').click();
  const form = page.getByTestId('modal');
  await form.locator('textarea').first().fill(words);
  await form.getByTestId('modal-submit').click();
  await page.getByTestId('action-statuspage_approve').last().waitFor();
}

async function approve(page: Page): Promise<void> {
  await page.getByTestId('action-statuspage_approve').last().click();
  await page.getByTestId('confirm-yes').click();
}

async function expectEvents(page: Page, types: string[]): Promise<void> {
  for (const type of types) await page.locator(`[data-type=${type}]`).first().waitFor();
}
