import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';
import { type Composer, composer } from '../browser/support/composer.ts';
import { LAPTOP, type Look, openStage, type Person, PHONE, type Stage } from '../browser/support/stage.ts';
import { auditPage } from './page.ts';

/** `npm run audit-kit`: writes `docs/audit` and the README's pictures, both from the running page. */

const docs = path.resolve(import.meta.dirname, '../../docs');
const auditFolder = path.join(docs, 'audit');
const screenshotFolder = path.join(docs, 'screenshots');
/** So that nothing has to be scrolled to. */
const TALL = { width: 1180, height: 2_600 };
const MARGIN_PX = 16;
const CAPTION = 'Low tide at six in the morning #sea #morning';

await using stage = await openStage();
await rm(auditFolder, { recursive: true, force: true });
await rm(screenshotFolder, { recursive: true, force: true });
await mkdir(auditFolder, { recursive: true });
await mkdir(screenshotFolder, { recursive: true });
await takeRules(stage);
await takePages(stage);
await writeFile(path.join(auditFolder, 'README.md'), auditPage());

async function takeRules(stage: Stage): Promise<void> {
  const media = stage.mediaUrl;
  const person = await stage.signUp('mara@example.com');
  const { username } = await stage.connect(person, { username: 'mara.coast', displayName: 'Mara Coast' });
  const page = await stage.open(person, '/compose', { size: TALL });
  const form = composer(page);
  await form.ready();
  const settings = page.locator('.posting-as');
  const disclosure = page.locator('#disclosure');
  const end = page.locator('.compose-end');
  const take = (id: string, ...what: Locator[]) =>
    photograph(page, path.join(auditFolder, `${id}.png`), what);

  await take('ux-01', page.locator('main'));
  await take('ux-02', settings.locator('.account-head'));
  await take('ux-06', form.privacy.locator('xpath=..'));
  await take('ux-07', form.comment.locator('xpath=ancestor::fieldset'));
  await take('ux-10-off', disclosure);

  await form.videoUrl.fill(`${media}/vertical.webm`);
  await form.caption.fill(CAPTION);
  await page.getByText('720 × 1280 pixels').waitFor();
  await take('ux-05', form.caption.locator('xpath=ancestor::div[@class="field"]'));
  await frameOf(form);
  await take('ux-18', form.preview);

  await form.privacy.selectOption('PUBLIC_TO_EVERYONE');
  await take('ux-16', end);
  await form.disclosure.check();
  await take('ux-10-on', disclosure);
  await form.publish.hover();
  await take('ux-13', disclosure, end);
  await form.yourBrand.check();
  await take('ux-11', disclosure);
  await form.branded.check();
  await take('ux-12', disclosure);
  await take('ux-15', form.privacy.locator('xpath=..'));
  await take('ux-17', end);
  await form.branded.uncheck();
  await form.privacy.selectOption('SELF_ONLY');
  await take('ux-14', disclosure);
  await form.disclosure.uncheck();
  await form.privacy.selectOption('PUBLIC_TO_EVERYONE');

  await form.choose('Photos');
  await take('ux-09', form.comment.locator('xpath=ancestor::fieldset'));
  await form.choose('Video');

  await take('ux-20', end);
  await form.publish.click();
  await page.getByText('It goes out within a minute or two.').waitFor();
  await take('ux-21', page.locator('main'));
  await page.getByRole('link', { name: 'Follow it' }).click();
  await stage.whileTicking(() =>
    page.getByRole('link', { name: 'See it on TikTok' }).waitFor({ timeout: 240_000 }),
  );
  await take('ux-22', page.locator('main'));
  await take('ux-19', page.locator('.post-side'));

  stage.emulator.putUser({ username, stitchDisabled: true, duetDisabled: true, maxVideoPostDurationSec: 1 });
  await page.goto(`${stage.siteUrl}/compose`);
  await form.ready();
  await take('ux-08', form.comment.locator('xpath=ancestor::fieldset'));
  await form.videoUrl.fill(`${media}/vertical.mp4`);
  await page.locator('#video-url-error').waitFor();
  await take('ux-04', page.locator('#video-url').locator('xpath=ancestor::fieldset'));
  stage.emulator.putUser({ username, dailyPostCap: 0 });
  await page.reload();
  await settings.getByRole('alert').waitFor();
  await take('ux-03', settings);
  await page.context().close();
}

/** The three pages, as they look with some life in them. */
async function takePages(stage: Stage): Promise<void> {
  const person = await livelySite(stage);
  const looks: [string, Look][] = (['light', 'dark'] as const).flatMap((colorScheme) => [
    [`laptop-${colorScheme}`, { size: LAPTOP, colorScheme }],
    [`phone-${colorScheme}`, { size: PHONE, colorScheme }],
  ]);
  for (const [name, look] of looks) {
    const page = await stage.open(person, '/posts', look);
    const take = (what: string) =>
      page.screenshot({
        path: path.join(screenshotFolder, `${what}-${name}.png`),
        scale: 'css',
        animations: 'disabled',
      });
    await page.getByRole('link', { name: 'Behind the harbour' }).waitFor();
    await settled(page);
    await take('posts');
    await page.goto(`${stage.siteUrl}/compose`);
    const form = composer(page);
    await page.getByLabel('Mara Coast').check();
    await form.ready();
    await form.videoUrl.fill(`${stage.mediaUrl}/vertical.webm`);
    await form.caption.fill(CAPTION);
    await page.getByText('720 × 1280 pixels').waitFor();
    await frameOf(form);
    await page.evaluate(() => {
      (document.activeElement as HTMLElement | null)?.blur();
      scrollTo(0, 0);
    });
    await settled(page);
    await take('compose');
    await page.goto(`${stage.siteUrl}/integrations`);
    await page.getByRole('article').nth(1).waitFor();
    await settled(page);
    await take('accounts');
    await page.context().close();
  }
}

/** Somebody with two accounts and posts in several states. */
async function livelySite(stage: Stage): Promise<Person> {
  const person = await stage.signUp('mara@coast.example');
  const mara = await stage.connect(person, { username: 'mara.films', displayName: 'Mara Coast' });
  const studio = await stage.connect(person, { username: 'north.studio', displayName: 'North Studio' });
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  const published = await stage.queue(person, {
    accountId: mara.accountId,
    title: 'First light on the pier',
  });
  await stage.whileTicking(async () => {
    while ((await stage.read(person, published.id)).shareUrl === null) await sleep(1_000);
  });
  await stage.queue(person, {
    accountId: mara.accountId,
    title: 'Behind the harbour',
    scheduledAt: inHours(3),
  });
  await stage.queue(person, {
    accountId: studio.accountId,
    title: 'How we build the set',
    scheduledAt: inHours(26),
  });
  await stage.queue(person, {
    accountId: mara.accountId,
    mode: 'draft',
    privacyLevel: undefined,
    title: undefined,
    videoUrl: `${stage.mediaUrl}/vertical.mp4`,
    scheduledAt: inHours(49),
  });
  return person;
}

/** The preview shows a picture of the film and not its black beginning. */
async function frameOf(form: Composer): Promise<void> {
  const video = form.preview.locator('video');
  await video.waitFor();
  await video.evaluate(async (element) => {
    const film = element as HTMLVideoElement;
    film.preload = 'auto';
    if (film.readyState < 1) await new Promise((resolve) => film.addEventListener('loadedmetadata', resolve));
    const shown = new Promise((resolve) => film.addEventListener('seeked', resolve));
    film.currentTime = 0.5;
    await shown;
    if (film.readyState < 3) await new Promise((resolve) => film.addEventListener('canplay', resolve));
  });
}

/** Pictures are there, and nothing moves. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await page.evaluate(() =>
    Promise.all([...document.images].map((image) => image.decode().catch(() => undefined))),
  );
}

/** What of the page holds all of these, with a margin. */
async function photograph(page: Page, file: string, what: readonly Locator[]): Promise<void> {
  await settled(page);
  const boxes = await Promise.all(
    what.map((locator) =>
      locator.first().evaluate((element) => {
        const { left, top, right, bottom } = element.getBoundingClientRect();
        return { left, top, right, bottom };
      }),
    ),
  );
  const left = Math.max(0, Math.min(...boxes.map((box) => box.left)) - MARGIN_PX);
  const top = Math.max(0, Math.min(...boxes.map((box) => box.top)) - MARGIN_PX);
  const width = Math.max(...boxes.map((box) => box.right)) + MARGIN_PX - left;
  const height = Math.max(...boxes.map((box) => box.bottom)) + MARGIN_PX - top;
  await page.screenshot({
    path: file,
    clip: { x: left, y: top, width, height },
    scale: 'css',
    animations: 'disabled',
  });
}
