import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { film } from '../../support/limited-media.ts';
import { composer } from '../support/composer.ts';
import { creator, eventually, stage, visit } from '../support/scene.ts';
import { SMALLEST } from '../support/stage.ts';
import { tooWide } from '../support/width.ts';

const file = (name: string) => readFileSync(new URL(`../../fixtures/${name}`, import.meta.url));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const state = (page: Page, name: string) => page.locator('.post-state').getByText(name, { exact: true });

/** From nothing to a public post, by what is written on the page alone. */
async function tellStory(size?: { width: number; height: number }): Promise<void> {
  const { emulator, mediaUrl, whileTicking } = stage();
  const username = `story.${randomUUID().slice(0, 8)}`;
  emulator.putUser({ username, displayName: 'Story Films' });
  const page = await visit(null, '/', size && { size });
  const staysWithin = async () => expect([page.url(), await tooWide(page)]).toEqual([page.url(), []]);
  await staysWithin();
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByLabel('E-mail').fill(`${randomUUID()}@example.com`);
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: 'Nothing is waiting to go out' }).waitFor();
  await staysWithin();
  await page.getByRole('link', { name: 'Accounts', exact: true }).click();
  await page.getByRole('button', { name: 'Connect TikTok' }).click();
  await page.getByLabel('Signed in as').selectOption(username);
  await page.getByRole('button', { name: 'Authorize' }).click();
  await page.getByText('Story Films is connected.').waitFor();
  await staysWithin();
  await page.getByRole('link', { name: 'Compose a post' }).click();

  const form = composer(page);
  await form.ready();
  await form.videoUrl.fill(`${mediaUrl}/vertical.mp4`);
  await form.caption.fill('The  caption, as it is 🎬 #film');
  await form.privacy.selectOption('PUBLIC_TO_EVERYONE');
  await page.getByText('720 × 1280 pixels').waitFor();
  await staysWithin();
  await form.publish.click();
  await page.getByText('It goes out within a minute or two.').waitFor();
  await staysWithin();
  await page.getByRole('link', { name: 'Follow it' }).click();
  await state(page, 'Queued').waitFor();
  await staysWithin();
  await whileTicking(async () => {
    await state(page, 'Published').waitFor({ timeout: 120_000 });
    await page.getByRole('link', { name: 'See it on TikTok' }).waitFor({ timeout: 120_000 });
  });
  await staysWithin();
  const [entry, ...others] = stage().sentToTikTok(username);
  expect(others).toEqual([]);
  // UX-19: what TikTok has is what was chosen, and nothing else.
  expect(entry).toMatchObject({
    title: 'The  caption, as it is 🎬 #film',
    published: true,
    sha256: sha256(file('vertical.mp4')),
  });
  const link = page.getByRole('link', { name: 'See it on TikTok' });
  expect(await link.getAttribute('href')).toContain(entry?.postIds[0] ?? 'an id');
  expect(await link.getAttribute('rel')).toContain('noopener');

  const story = page.getByRole('region', { name: 'What has happened' }).getByRole('listitem');
  const told = (await story.allInnerTexts()).map((text) => text.split('\n')[0]);
  expect(told[0]).toMatch(/^Queued/);
  expect(told.at(-1)).toMatch(/^Published/);
  await page.getByRole('link', { name: 'Posts', exact: true }).first().click();
  await page.getByRole('link', { name: 'Past' }).click();
  await page.getByRole('link', { name: 'The caption, as it is 🎬 #film' }).waitFor();
  await staysWithin();
}

export function postsPart(bigMedia: () => { url: string; file: ReturnType<typeof film> }): void {
  describe('a post', () => {
    test('UX-19 and UX-22: somebody signs up, connects, composes, watches it being published, and opens its link', () =>
      tellStory());

    test('the same on the smallest phone, on which nothing is wider than the screen', () =>
      tellStory(SMALLEST));

    test('is cancelled after a question, and never reaches TikTok', async () => {
      const { person, accountId, username } = await creator();
      const { id } = await stage().queue(person, { accountId, scheduledAt: inAnHour() });
      const page = await visit(person, `/posts/${id}`);
      await state(page, 'Scheduled').waitFor();
      await page.getByRole('button', { name: 'Cancel post' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Keep it' }).click();
      await dialog.waitFor({ state: 'hidden' });
      expect((await stage().read(person, id)).status).toBe('queued');
      await page.getByRole('button', { name: 'Cancel post' }).click();
      await dialog.getByRole('button', { name: 'Cancel the post' }).click();
      await state(page, 'Cancelled').waitFor();
      expect(await page.getByRole('button', { name: 'Cancel post' }).count()).toBe(0);
      await stage().stack.tick();
      expect(stage().sentToTikTok(username)).toEqual([]);
    });

    test('that failed says why and is tried again', async () => {
      const { person, accountId, username } = await creator();
      stage().emulator.faults.add({
        endpoint: 'video_init',
        kind: 'error',
        httpStatus: 400,
        code: 'invalid_params',
      });
      const { id } = await stage().queue(person, { accountId, title: 'Second try' });
      await stage().stack.tick();
      const page = await visit(person, `/posts/${id}`);
      await state(page, 'Failed').waitFor();
      const { error } = await stage().read(person, id);
      await page
        .getByText(error?.message ?? 'a reason')
        .first()
        .waitFor();
      await page.getByRole('region', { name: 'What needs you' }).getByText('1 post has failed.').waitFor();
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
      await stage().whileTicking(() => state(page, 'Published').waitFor({ timeout: 120_000 }));
      expect(
        stage()
          .sentToTikTok(username)
          .filter(({ published }) => published),
      ).toHaveLength(1);
    });

    test('whose outcome is not known asks for its owner’s word, and is settled by it', async () => {
      const { person, accountId, username } = await creator();
      stage().emulator.faults.add({ endpoint: 'video_init', kind: 'drop', when: 'after' });
      const { id } = await stage().queue(person, {
        accountId,
        videoUrl: `${stage().mediaUrl}/verified/vertical.mp4`,
      });
      await stage().stack.tick();
      const page = await visit(person, '/posts');
      const strip = page.getByRole('region', { name: 'What needs you' });
      await strip.getByText('1 post needs your word on what became of it.').waitFor();
      await strip.getByRole('link', { name: 'Look' }).click();
      await state(page, 'Needs you').waitFor();
      expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
      await page.getByRole('button', { name: 'It is on TikTok' }).click();
      await page.getByRole('button', { name: 'Yes, it is on TikTok' }).click();
      await state(page, 'Published').waitFor();
      expect(stage().sentToTikTok(username)).toHaveLength(1);
      expect((await stage().read(person, id)).status).toBe('published');
    });

    test('shows how far a large upload is, while it runs', async () => {
      const { person, accountId } = await creator();
      const { url, file } = bigMedia();
      stage().emulator.faults.add({ endpoint: 'upload', kind: 'delay', ms: 4_000, times: 20 });
      const { id } = await stage().queue(person, { accountId, videoUrl: url, transfer: 'upload' });
      const page = await visit(person, `/posts/${id}`);
      const progress = page.getByRole('progressbar', { name: 'Upload' });
      const sent = new Set<number>();
      await stage().whileTicking(async () => {
        await progress.waitFor({ timeout: 120_000 });
        expect(await progress.getAttribute('max')).toBe(String(file.length));
        await eventually(async () => {
          sent.add(Number(await progress.getAttribute('value', { timeout: 5_000 }).catch(() => 0)));
          return sent.size;
        }).toBeGreaterThan(2);
      });
      const seen = [...sent].filter((bytes) => bytes > 0);
      expect(seen).toEqual(seen.toSorted((one, other) => one - other));
      stage().emulator.faults.clear();
    });

    test('of somebody else is not there', async () => {
      const { person, accountId } = await creator();
      const { id } = await stage().queue(person, {
        accountId,
        scheduledAt: inAnHour(),
        title: 'Nobody’s business',
      });
      const page = await visit(await stage().signUp(), `/posts/${id}`);
      await page.getByRole('heading', { name: 'No such post' }).waitFor();
      expect(await page.content()).not.toContain('business');
    });
  });

  describe('a list of posts', () => {
    test('has two halves, days, and is narrowed by state and account, which its address keeps', async () => {
      const { person, accountId } = await creator({ displayName: 'Ada Films' });
      const other = await stage().connect(person, { displayName: 'Bo Films' });
      const queue = (title: string, account: string, scheduledAt: string) =>
        stage().queue(person, { accountId: account, title, scheduledAt });
      const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
      await queue('The later one', accountId, day(2));
      await queue('The sooner one', accountId, day(1));
      await queue('The other one', other.accountId, day(1.5));
      const gone = await queue('The gone one', accountId, day(3));
      await stage().call(person, 'DELETE', `social-posts/${gone.id}`);

      const page = await visit(person, '/posts');
      const titles = () => page.locator('main').getByRole('link', { name: /^The / }).allInnerTexts();
      await page.getByRole('link', { name: 'The sooner one' }).waitFor();
      expect(await titles()).toEqual(['The sooner one', 'The other one', 'The later one']);
      await page.getByRole('heading', { name: /^Tomorrow/ }).waitFor();
      await page.getByLabel('Account').selectOption({ label: 'Bo Films' });
      await eventually(titles).toEqual(['The other one']);
      await page.reload();
      await eventually(titles).toEqual(['The other one']);
      await page.getByLabel('Account').selectOption('');
      await page.getByRole('link', { name: 'Past' }).click();
      await eventually(titles).toEqual(['The gone one']);
      await page.getByLabel('State').selectOption({ label: 'Published' });
      await page.getByText('No posts like that').waitFor();
      await page.getByRole('link', { name: 'Show all' }).click();
      await eventually(titles).toEqual(['The gone one']);
      await page.getByRole('link', { name: 'List' }).click();
      await page.getByRole('table').getByText('Cancelled').waitFor();
    });

    test('follows what becomes of a post without being asked', async () => {
      const { person, accountId } = await creator();
      const page = await visit(person, '/posts');
      await page.getByRole('heading', { name: 'Nothing is waiting to go out' }).waitFor();
      const { id } = await stage().queue(person, { accountId, title: 'A surprise', scheduledAt: inAnHour() });
      await page.getByRole('link', { name: 'A surprise' }).waitFor({ timeout: 120_000 });
      await stage().call(person, 'DELETE', `social-posts/${id}`);
      await page.getByRole('heading', { name: 'Nothing is waiting to go out' }).waitFor({ timeout: 120_000 });
    });
  });
}

/** Before the worker has run for the first time on this stage. */
export function workerPart(): void {
  test('a worker that does not run is told of on every page', async () => {
    const page = await visit(await stage().signUp(), '/posts');
    const strip = page.getByRole('region', { name: 'What needs you' });
    await strip.getByText(/^The worker has not run yet/).waitFor();
    await stage().stack.tick();
    await page.reload();
    await strip.getByText('Nothing needs you.').waitFor();
  });
}
