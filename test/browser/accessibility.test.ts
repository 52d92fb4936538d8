import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserWorld, fireP1, givenBrowserWorld, violationsOf } from './browser-world.ts';

let given: BrowserWorld;
beforeAll(async () => {
  given = await givenBrowserWorld();
});
afterAll(() => given?.close());

describe.each(['light', 'dark'] as const)('axe-core finds nothing wrong in %s', (colorScheme) => {
  it('from the first look to the published update', async () => {
    const page = await given.visit({ colorScheme });
    await expectNothingWrong(page);
    await fireP1(page);
    await expectNothingWrong(page);

    await page.getByTestId('guide-action').click();
    await page.getByTestId('modal').waitFor();
    await expectNothingWrong(page);
    await page.getByTestId('modal').locator('textarea').first().fill('');
    await page.getByTestId('modal-submit').click();
    await page.getByTestId('modal-problem').waitFor();
    await expectNothingWrong(page);
    await page.getByTestId('modal').locator('textarea').first().fill('Checkout is down.');
    await page.getByTestId('modal-submit').click();

    const approve = page.getByTestId('action-statuspage_approve').last();
    await approve.click();
    await expectNothingWrong(page);
    await page.getByTestId('confirm-yes').click();
    await page.getByText('Only visible to you').first().waitFor();
    await expectNothingWrong(page);

    await page.getByTestId('guide-action').click();
    await approve.click();
    await page.getByTestId('confirm-yes').click();
    await page.getByText('Checkout is down.').nth(2).waitFor();
    await page.getByTestId('event').first().locator('summary').click();
    await expectNothingWrong(page);
  });

  it('in menus, the command list, the key list, and for somebody outside the room', async () => {
    const page = await given.visit({ colorScheme });
    await page.locator('[data-testid^=channel-inc-]').first().click();
    await page.getByTestId('person-switcher').click();
    await expectNothingWrong(page);
    await page.getByTestId('person-switcher-sam.okafor').click();
    await page.getByTestId('action-statuspage_draft').first().click();
    await page.getByTestId('notice').waitFor();
    await expectNothingWrong(page);
    await page.getByTestId('notice').getByText('Act as Maya Ito').click();
    await page.getByTestId('show-commands').click();
    await page.getByTestId('suggestion-draft').waitFor();
    await expectNothingWrong(page);
    await page.keyboard.press('Escape');
    await page.getByTestId('help-button').click();
    await page.getByTestId('help').waitFor();
    await expectNothingWrong(page);
  });

  it('on a narrow screen, pane by pane', async () => {
    const page = await given.visit({ colorScheme, width: 390, height: 844 });
    await page.locator('[data-testid^=channel-inc-]').first().click();
    await expectNothingWrong(page);
    for (const pane of ['tab-page', 'tab-trail']) {
      await page.getByTestId(pane).click();
      await expectNothingWrong(page);
    }
  });
});

async function expectNothingWrong(page: Page): Promise<void> {
  expect(await violationsOf(page)).toEqual([]);
}
