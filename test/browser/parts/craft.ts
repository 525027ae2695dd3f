import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { PostView } from '../../../src/contract.ts';
import { composer } from '../support/composer.ts';
import { creator, eventually, stage, visit } from '../support/scene.ts';
import { type Look, type Person, PHONE, SMALLEST } from '../support/stage.ts';
import { tooWide } from '../support/width.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What assistive technology would stumble over, as axe finds it, all of its rules. */
async function violations(page: Page): Promise<string[]> {
  // As the debugger's: the page's policy lets no other script in.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(`${axe}; undefined`);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const found = await axe.run(document, { resultTypes: ['violations'] });
    return found.violations.flatMap((rule) =>
      rule.nodes.map(({ html, failureSummary }) => `${rule.id}: ${html.slice(0, 200)} — ${failureSummary}`),
    );
  });
}

const posts = async (person: Person): Promise<PostView[]> =>
  (await (await stage().call(person, 'GET', 'social-posts')).json()).posts;
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

export function craft(): void {
  describe.each<[string, Look]>([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
  ])('axe finds nothing, %s', (_scheme, look) => {
    test('signing in', async () => {
      const page = await visit(null, '/', look);
      await page.getByRole('button', { name: 'Create an account' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Create an account' }).click();
      expect(await violations(page)).toEqual([]);
    });

    test('accounts, and the question before one is disconnected', async () => {
      const { person } = await creator({ displayName: 'Ada Films' });
      const page = await visit(person, '/integrations?tiktok_error=authorization_denied', look);
      await page.getByRole('article').waitFor();
      await page.getByText('own TikTok app').first().click();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Disconnect Ada Films' }).click();
      await page.getByRole('dialog').waitFor();
      expect(await violations(page)).toEqual([]);
    });

    test('composing a video and photos, with everything open and everything wrong', async () => {
      const { person } = await creator({ displayName: 'Ada Films', stitchDisabled: true });
      const form = composer(await visit(person, '/compose', look));
      await form.ready();
      expect(await violations(form.page)).toEqual([]);
      await form.publish.click({ force: true });
      await form.disclosure.check();
      await form.privacy.selectOption('SELF_ONLY');
      await form.page.getByText('Advanced').click();
      await form.choose('At a time');
      expect(await violations(form.page)).toEqual([]);
      await form.choose('Photos');
      await form.page.getByRole('button', { name: 'Add a photo' }).click();
      expect(await violations(form.page)).toEqual([]);
    });

    test('posts, one post, and the question before it is cancelled', async () => {
      const { person, accountId } = await creator();
      const { id } = await stage().queue(person, { accountId, title: 'A film', scheduledAt: inAnHour() });
      const page = await visit(person, '/posts', look);
      await page.getByRole('link', { name: 'A film' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('link', { name: 'List' }).click();
      await page.getByRole('table').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.goto(`${stage().siteUrl}/posts/${id}`);
      await page.getByRole('button', { name: 'Cancel post' }).click();
      await page.getByRole('dialog').waitFor();
      expect(await violations(page)).toEqual([]);
    });
  });

  test('axe would find something if there were something', async () => {
    const page = await visit(null, '/');
    await page.getByRole('button', { name: 'Create an account' }).waitFor();
    await page.evaluate(() => document.querySelector('main')?.append(new Image()));
    expect((await violations(page)).join()).toContain('image-alt');
  });

  test.each([
    ['the smallest phone', SMALLEST],
    ['a phone', PHONE],
  ])('nothing is wider than the screen of %s, with everything open', async (_what, size) => {
    const { person, accountId } = await creator({ displayName: 'A Creator of Quite Some Name' });
    const title = `${'AVeryLongWordThatNobodyBreaks'.repeat(4)} and more`;
    const { id } = await stage().queue(person, { accountId, title, scheduledAt: inAnHour() });
    const page = await visit(person, '/compose', { size });
    const form = composer(page);
    await form.ready();
    await form.disclosure.check();
    await form.page.getByText('Advanced').click();
    await form.choose('At a time');
    await form.caption.fill(title);
    expect(await tooWide(page)).toEqual([]);
    await form.choose('Photos');
    expect(await tooWide(page)).toEqual([]);
    for (const address of ['/posts', '/posts?view=list', `/posts/${id}`, '/integrations']) {
      await page.goto(`${stage().siteUrl}${address}`);
      await page
        .getByText(address === '/integrations' ? 'Lasts until' : title)
        .first()
        .waitFor();
      expect([address, await tooWide(page)]).toEqual([address, []]);
    }
  });

  describe('composing', () => {
    const fill = async (person: Person) => {
      const page = await visit(person, '/compose');
      const form = composer(page);
      await form.ready();
      await form.videoUrl.fill(`${stage().mediaUrl}/vertical.mp4`);
      await form.caption.fill('Typed once');
      await form.privacy.selectOption('PUBLIC_TO_EVERYONE');
      await eventually(() => form.isPublishOff()).toBe(false);
      return form;
    };

    test('is done with the keyboard alone', async () => {
      const { person } = await creator();
      const page = await visit(person, '/compose');
      const form = composer(page);
      await form.ready();
      const focused = () =>
        page.evaluate(() => {
          const element = document.activeElement as HTMLInputElement | null;
          return element?.id || element?.getAttribute('name') || element?.textContent || '';
        });
      const tabTo = async (matches: (name: string) => boolean) => {
        for (let presses = 0; presses < 60; presses++) {
          await page.keyboard.press('Tab');
          if (matches(await focused())) return;
        }
        throw new Error('not reached by Tab');
      };
      await tabTo((name) => name === 'video-url');
      await page.keyboard.type(`${stage().mediaUrl}/vertical.mp4`);
      await tabTo((name) => name === 'caption');
      await page.keyboard.type('By keys alone');
      await tabTo((name) => name.startsWith('privacy-'));
      await page.keyboard.type('Every');
      await tabTo((name) => name.startsWith('allowDuet-'));
      await page.keyboard.press('Space');
      await tabTo((name) => name === 'discloses');
      await page.keyboard.press('Space');
      await tabTo((name) => name === 'your-brand');
      await page.keyboard.press('Space');
      await tabTo((name) => name.startsWith('Post now'));
      await eventually(() => form.isPublishOff()).toBe(false);
      await page.keyboard.press('Enter');
      await page.getByText('It goes out within a minute or two.').waitFor();
      expect(await posts(person)).toMatchObject([
        {
          title: 'By keys alone',
          privacyLevel: 'PUBLIC_TO_EVERYONE',
          disableDuet: false,
          brandOrganicToggle: true,
        },
      ]);
    });

    test('two clicks make one post', async () => {
      const { person } = await creator();
      const form = await fill(person);
      await form.publish.evaluate((button) => {
        (button as HTMLButtonElement).click();
        (button as HTMLButtonElement).click();
      });
      await form.page.getByText('It goes out within a minute or two.').waitFor();
      expect(await posts(person)).toHaveLength(1);
    });

    test('survives a reload, a network that is gone and one that comes back, and makes one post', async () => {
      const { person } = await creator();
      const form = await fill(person);
      await form.page.reload();
      await form.ready();
      expect(await form.caption.inputValue()).toBe('Typed once');
      expect(await form.videoUrl.inputValue()).toBe(`${stage().mediaUrl}/vertical.mp4`);
      await eventually(() => form.isPublishOff()).toBe(false);

      // The request gets through, its answer does not.
      await form.page.route('**/api/social-posts', async (route) => {
        await route.fetch();
        await route.abort();
      });
      await form.publish.click();
      await form.page.getByText(/^Not queued for/).waitFor({ timeout: 120_000 });
      expect(await form.caption.inputValue()).toBe('Typed once');
      await form.page.unroute('**/api/social-posts');
      await form.publish.click();
      await form.page.getByText('It goes out within a minute or two.').waitFor();
      expect(await posts(person)).toHaveLength(1);
    });

    test('a refusal is said where it belongs, and loses nothing', async () => {
      const { person } = await creator();
      const form = await fill(person);
      await form.videoUrl.fill(`${stage().mediaUrl}/slow.mp4`);
      const error = form.page.locator('#video-url-error');
      await error.waitFor();
      expect(await error.innerText()).toContain('15');
      expect(await form.isPublishOff()).toBe(true);
      expect(await form.caption.inputValue()).toBe('Typed once');
      await form.videoUrl.fill(`${stage().mediaUrl}/landscape.mov`);
      await form.page.locator('.finding.warning').first().waitFor();
      await eventually(() => form.isPublishOff()).toBe(false);
    });

    test('for several accounts makes one post for each, with settings of its own', async () => {
      const { person, accountId } = await creator({ displayName: 'Ada Films' });
      const other = await stage().connect(person, { displayName: 'Bo Private', privateAccount: true });
      const page = await visit(person, '/compose');
      const form = composer(page);
      for (const name of ['Ada Films', 'Bo Private']) await page.getByLabel(name).check();
      const settings = (name: string) => page.getByRole('region', { name });
      await settings('Ada Films').getByLabel('Who can view this post').selectOption('PUBLIC_TO_EVERYONE');
      await settings('Bo Private').getByLabel('Who can view this post').selectOption('FOLLOWER_OF_CREATOR');
      await settings('Bo Private').getByLabel('Comment').check();
      await form.videoUrl.fill(`${stage().mediaUrl}/vertical.mp4`);
      await form.caption.fill('For both');
      await eventually(() => form.isPublishOff()).toBe(false);
      await form.publish.click();
      await page.getByRole('heading', { name: 'Posts queued' }).waitFor();
      const made = (await posts(person)).map(({ accountId, privacyLevel, disableComment, title }) => ({
        accountId,
        privacyLevel,
        disableComment,
        title,
      }));
      expect(made).toHaveLength(2);
      expect(made).toContainEqual({
        accountId,
        privacyLevel: 'PUBLIC_TO_EVERYONE',
        disableComment: true,
        title: 'For both',
      });
      expect(made).toContainEqual({
        accountId: other.accountId,
        privacyLevel: 'FOLLOWER_OF_CREATOR',
        disableComment: false,
        title: 'For both',
      });
    });

    test('for a time shows it in the reader’s zone and in UTC, and an edit keeps what was chosen', async () => {
      const { person } = await creator();
      const form = await fill(person);
      const { page } = form;
      await form.choose('At a time');
      const year = new Date().getUTCFullYear() + 1;
      await page.getByLabel('Date').fill(`${year}-01-15`);
      await page.getByLabel('Time', { exact: true }).fill('18:30');
      if (Date.UTC(year, 0, 15) - Date.now() > 366 * 86_400_000) throw new Error('too far ahead');
      await page.locator('#schedule-means time').waitFor();
      expect(await page.locator('#schedule-means time').getAttribute('datetime')).toBe(
        `${year}-01-15T17:30:00.000Z`,
      );
      expect(await page.locator('#schedule-means').innerText()).toMatch(/18:30.*Europe\/Berlin.*17:30/s);
      await form.publish.click();
      await page.getByRole('heading', { name: 'Post scheduled' }).waitFor();
      await page.getByRole('link', { name: 'Follow it' }).click();
      await page.getByRole('link', { name: 'Edit' }).click();
      await form.ready();
      expect(await form.privacy.inputValue()).toBe('PUBLIC_TO_EVERYONE');
      await form.caption.fill('Typed twice');
      await eventually(() => form.isPublishOff()).toBe(false);
      await form.publish.click();
      await page.getByRole('heading', { name: 'Typed twice' }).waitFor();
      expect(await posts(person)).toMatchObject([
        { title: 'Typed twice', scheduledAt: `${year}-01-15T17:30:00.000Z`, status: 'queued' },
      ]);
    });

    test('a draft goes to the inbox without settings', async () => {
      const { person } = await creator();
      const page = await visit(person, '/compose');
      const form = composer(page);
      await form.ready();
      await form.choose('Send as draft');
      expect([await form.privacy.count(), await form.duet.count(), await form.disclosure.count()]).toEqual([
        0, 0, 0,
      ]);
      await form.videoUrl.fill(`${stage().mediaUrl}/vertical.mp4`);
      await eventually(() => form.isPublishOff()).toBe(false);
      await form.publish.click();
      await page.getByText('It goes out within a minute or two.').waitFor();
      await page.getByRole('link', { name: 'Follow it' }).click();
      await stage().whileTicking(() =>
        page.locator('.post-state').getByText('In the inbox', { exact: true }).waitFor({ timeout: 120_000 }),
      );
      expect(await posts(person)).toMatchObject([{ mode: 'draft', privacyLevel: null }]);
    });

    test('photos go out in their order with their cover', async () => {
      const { person, username } = await creator();
      const page = await visit(person, '/compose');
      const form = composer(page);
      await form.ready();
      await form.choose('Photos');
      const urls = ['vertical.jpg', 'vertical.webp'].map(
        (name) => `${stage().mediaUrl}/verified/${name}?${randomUUID().slice(0, 4)}`,
      );
      await form.photoUrl(1).fill(urls[1] ?? '');
      await page.getByRole('button', { name: 'Add a photo' }).click();
      await form.photoUrl(2).fill(urls[0] ?? '');
      await page.getByRole('button', { name: 'Move photo 2 up' }).click();
      await page.getByLabel('Photo 2 is the cover').check();
      await form.title.fill('Two photos');
      await form.description.fill('One after the other');
      await form.privacy.selectOption('PUBLIC_TO_EVERYONE');
      await form.comment.check();
      await eventually(() => form.isPublishOff()).toBe(false);
      await form.publish.click();
      await page.getByRole('link', { name: 'Follow it' }).click();
      await stage().whileTicking(() =>
        page.locator('.post-state').getByText('Published', { exact: true }).waitFor({ timeout: 120_000 }),
      );
      const [entry] = stage().sentToTikTok(username);
      expect(entry).toMatchObject({
        mediaType: 'photo',
        photoUrls: urls,
        postInfo: { title: 'Two photos', description: 'One after the other', disable_comment: false },
      });
      expect(await posts(person)).toMatchObject([{ photoCoverIndex: 1, disableComment: false }]);
    });
  });
}
