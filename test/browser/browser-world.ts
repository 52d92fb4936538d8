import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { startWorld, type World } from '../../src/local/world.ts';

/** A running world and a browser that looks at its page. */
export type BrowserWorld = {
  world: World;
  /** A fresh visitor. Nothing moves, so that what is seen does not depend on the moment. */
  visit(options?: Visit): Promise<Page>;
  close(): Promise<void>;
};

export type Visit = { colorScheme?: 'light' | 'dark'; width?: number; height?: number };

const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts an empty world on free ports, and Chromium. @throws when no Chromium is installed */
export async function givenBrowserWorld(): Promise<BrowserWorld> {
  const executablePath = BROWSERS.find((path) => existsSync(path));
  if (!executablePath) {
    throw new Error(`cannot test the page: expected Chromium at one of ${BROWSERS.join(', ')}`);
  }
  const options = { port: 0, functions: 'inline', limits: 'on', ai: 'standin' } as const;
  const world = await startWorld(options, { writeLog: () => {} });
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  const contexts: BrowserContext[] = [];
  return {
    world,
    visit: async (visit = {}) => {
      const page = await openPage({ browser, contexts, url: world.ready.urls.page, visit });
      await page.getByTestId('acting-name').waitFor();
      return page;
    },
    close: async () => {
      for (const context of contexts) await context.close();
      await browser.close();
      await world.close();
    },
  };
}

async function openPage(of: {
  browser: Browser;
  contexts: BrowserContext[];
  url: string;
  visit: Visit;
}): Promise<Page> {
  const { colorScheme = 'light', width = 1440, height = 900 } = of.visit;
  const context = await of.browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion: 'reduce',
  });
  of.contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(of.url);
  return page;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong with what is on screen, one line a violation. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = (await page.evaluate('axe.run(document)')) as {
    violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[];
  };
  return found.violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join('; ')}`,
  );
}

/** Presses Tab until the element with this test id has the focus, as a person would. */
export async function tabTo(page: Page, testId: string, mostPresses = 120): Promise<void> {
  for (let press = 0; press < mostPresses; press += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate('document.activeElement?.dataset?.testid ?? ""');
    if (focused === testId) return;
  }
  throw new Error(`cannot reach ${testId}: expected at most ${mostPresses} presses of Tab`);
}

/** Fires the P1 alert and waits until its war room is in front and can be used. */
export async function fireP1(page: Page): Promise<void> {
  await page.getByTestId('fire').click();
  await page.getByTestId('guide-step-draft').and(page.locator('[aria-current=step]')).waitFor();
  await page.getByTestId('action-statuspage_draft').first().waitFor();
}
