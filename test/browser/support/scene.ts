import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { SITE_FOLDER_TIMEOUT_MS, takeSiteFolder } from '../../support/site-folder.ts';
import { type Look, openStage, type Person, photograph, type Stage, type StageOptions } from './stage.ts';

let current: Stage | undefined;

/** Opens the one stage of this run before all tests, and takes it down behind them. */
export function useStage(options: () => StageOptions | Promise<StageOptions>): void {
  const opened = new AsyncDisposableStack();
  beforeAll(async () => {
    opened.use(await takeSiteFolder());
    current = opened.use(await openStage(await options()));
  }, SITE_FOLDER_TIMEOUT_MS);
  afterAll(() => opened.disposeAsync(), 60_000);
}

export function stage(): Stage {
  if (!current) throw new Error('the stage is not open yet');
  return current;
}

/** A page of the site that is closed behind the test; if it fails, with a picture of what was to be seen. */
export async function visit(person: Person | null, address: string, look?: Look): Promise<Page> {
  const page = await stage().open(person, address, look);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`${error}`));
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) complaints.push(message.text());
  });
  onTestFinished(async ({ task }) => {
    const isFailed = task.result?.state === 'fail';
    if (isFailed) await photograph(page, task.name).catch(() => undefined);
    await page.context().close();
    // What a page throws, or its policy forbids, is a fault although all seems well.
    if (!isFailed) expect(complaints).toEqual([]);
  });
  return page;
}

/** Somebody new with one TikTok account connected. */
export async function creator(options: Parameters<Stage['connect']>[1] = {}) {
  const person = await stage().signUp();
  return { person, ...(await stage().connect(person, options)) };
}

/** Waits for something to become true, however slow the machine is. */
export const eventually = <T>(read: () => T | Promise<T>) =>
  expect.poll(read, { timeout: 90_000, interval: 200 });
