import { beforeAll, describe, expect, test } from 'vitest';
import type { PostView } from '../../../src/contract.ts';
import { composer } from '../support/composer.ts';
import { creator, eventually, stage, visit } from '../support/scene.ts';
import type { Look, Person } from '../support/stage.ts';
import {
  MUSIC_URL,
  NEEDS_DISCLOSURE,
  NOT_PRIVATE,
  PARTNERSHIP,
  POLICY_URL,
  PROMOTIONAL,
} from '../support/words.ts';

/** TikTok's rules for a page that posts, each as a test of its number, word for word. */
export function rules(): void {
  /** A public creator whose settings allow everything, for the tests that change nothing of theirs. */
  let ada: { person: Person; accountId: string; username: string };
  beforeAll(async () => {
    ada = await creator({ displayName: 'Ada Films' });
  });

  const compose = async (person: Person = ada.person, look?: Look) => {
    const form = composer(await visit(person, '/compose', look));
    await form.ready();
    return form;
  };
  const photos = async (person?: Person) => {
    const form = await compose(person);
    await form.choose('Photos');
    await form.photoUrl(1).waitFor();
    return form;
  };
  const ofKind = { video: compose, photo: photos };
  const KINDS = ['video', 'photo'] as const;
  const askedOfCreator = () =>
    stage()
      .emulator.requests()
      .filter(({ endpoint }) => endpoint === 'creator_info').length;
  const posted = async (person: Person): Promise<PostView[]> =>
    (await (await stage().call(person, 'GET', 'social-posts')).json()).posts;

  describe('TikTok’s rules', () => {
    test('UX-01: what the creator may post is asked of TikTok each time the page is opened, and only that is used', async () => {
      const { person, username } = await creator({ displayName: 'First Name', duetDisabled: false });
      const before = askedOfCreator();
      const form = await compose(person);
      await form.page.getByRole('heading', { name: 'First Name' }).waitFor();
      expect(askedOfCreator()).toBe(before + 1);

      stage().emulator.putUser({ username, displayName: 'Second Name', duetDisabled: true });
      await form.page.getByRole('link', { name: 'Accounts' }).click();
      await form.page.getByRole('heading', { name: 'Accounts' }).waitFor();
      await form.page.getByRole('link', { name: 'Compose' }).first().click();
      await form.page.getByRole('heading', { name: 'Second Name' }).waitFor();
      expect(await form.duet.isDisabled()).toBe(true);
      expect(askedOfCreator()).toBe(before + 2);
      await form.page.reload();
      await form.ready();
      expect(askedOfCreator()).toBe(before + 3);
    });

    test('UX-02: the creator’s nickname is on the page, as TikTok says it now', async () => {
      const { person, username } = await creator({ displayName: 'Before' });
      stage().emulator.putUser({ username, displayName: 'Nadja 🎬 Näher' });
      const form = await compose(person);
      const heading = form.page.getByRole('heading', { name: 'Nadja 🎬 Näher' });
      await heading.waitFor();
      expect(await heading.isVisible()).toBe(true);
    });

    test.each([
      ['banned', { banned: true }],
      ['who has posted enough for today', { dailyPostCap: 0 }],
    ])('UX-03: a creator %s is told to try later, and nothing is posted', async (_what, bar) => {
      const { person } = await creator(bar);
      const form = composer(await visit(person, '/compose'));
      const alert = form.page.getByRole('alert').first();
      await alert.waitFor();
      expect(await alert.innerText()).toMatch(/cannot post right now.*later/is);
      await form.videoUrl.fill(`${stage().mediaUrl}/vertical.mp4`);
      expect(await form.isPublishOff()).toBe(true);
      await form.publish.click({ force: true });
      expect(await posted(person)).toEqual([]);
    });

    test('UX-03: so is one for whom the app has met its limit', async () => {
      const { person } = await creator();
      stage().emulator.putApp({ activeUserCap: 0 });
      try {
        const form = composer(await visit(person, '/compose'));
        await form.page
          .getByRole('alert')
          .getByText(/try again later/i)
          .waitFor();
        expect(await form.isPublishOff()).toBe(true);
      } finally {
        stage().emulator.putApp({ activeUserCap: 100_000 });
      }
    });

    test('UX-04: a video that is longer than the creator may post is stopped before anything is sent', async () => {
      const { person, username } = await creator({ maxVideoPostDurationSec: 2 });
      const form = await compose(person);
      await form.videoUrl.fill(`${stage().mediaUrl}/vertical.mp4`);
      await form.privacy.selectOption('PUBLIC_TO_EVERYONE');
      await form.page.locator('#video-url-error').waitFor();
      expect(await form.page.locator('#video-url-error').innerText()).toMatch(/long|lasts/);
      expect(await form.isPublishOff()).toBe(true);
      await form.publish.click({ force: true });
      expect(await posted(person)).toEqual([]);
      expect(stage().sentToTikTok(username)).toEqual([]);

      // The same video is short enough for somebody who may post longer ones.
      stage().emulator.putUser({ username, maxVideoPostDurationSec: 600 });
      await form.page.reload();
      await form.ready();
      await eventually(() => form.isPublishOff()).toBe(false);
    });

    test('UX-05: the caption is there to be edited, also one that was there before, and is counted as TikTok counts', async () => {
      const post = await stage().queue(ada.person, {
        accountId: ada.accountId,
        title: 'Written before #preset',
        scheduledAt: new Date(Date.now() + 86_400_000).toISOString(),
      });
      const form = composer(await visit(ada.person, `/compose/${post.id}`));
      await form.ready();
      expect(await form.caption.inputValue()).toBe('Written before #preset');
      await form.caption.fill('Mine 🎬');
      await form.page.locator('#caption-count').getByText('7').waitFor();
      await form.caption.fill('🎬'.repeat(1_100));
      await form.page.locator('#caption-count').getByText('2,200').first().waitFor();
      expect(await form.page.locator('#caption-error').count()).toBe(0);
      await form.caption.fill('🎬'.repeat(1_101));
      await form.page.locator('#caption-error').waitFor();
      expect(await form.caption.inputValue()).toHaveLength(2_202);
      await stage().call(ada.person, 'DELETE', `social-posts/${post.id}`);
    });

    test('UX-05: so are the title and the description of photos', async () => {
      const form = await photos();
      await form.title.fill('x'.repeat(91));
      await form.page.locator('#photo-title-error').waitFor();
      await form.title.fill('A title');
      await form.description.fill('y'.repeat(4_001));
      await form.page.locator('#photo-description-error').waitFor();
      await form.description.fill('A description');
      expect(await form.isPublishOff()).toBe(true);
    });

    describe.each([
      [
        'public',
        { privateAccount: false },
        [
          ['PUBLIC_TO_EVERYONE', 'Everyone', false],
          ['MUTUAL_FOLLOW_FRIENDS', 'Friends', false],
          ['SELF_ONLY', 'Only me', false],
        ],
      ],
      [
        'private',
        { privateAccount: true },
        [
          ['MUTUAL_FOLLOW_FRIENDS', 'Friends', false],
          ['FOLLOWER_OF_CREATOR', 'Followers', false],
          ['SELF_ONLY', 'Only me', false],
        ],
      ],
    ])('a %s account', (_what, settings, offered) => {
      test.each(KINDS)(
        'UX-06: who may see a %s is a choice among what TikTok offers the creator, and none is made beforehand',
        async (kind) => {
          const form = await ofKind[kind]((await creator(settings)).person);
          expect(await form.privacy.evaluate((element) => element.tagName)).toBe('SELECT');
          expect(await form.options()).toEqual(offered);
          expect(await form.privacy.inputValue()).toBe('');
          expect(await form.isPublishOff()).toBe(true);
        },
      );
    });

    test('UX-06: nor is one made by composing another like one that was posted', async () => {
      const post = await stage().queue(ada.person, { accountId: ada.accountId });
      await stage().call(ada.person, 'DELETE', `social-posts/${post.id}`);
      const form = composer(await visit(ada.person, `/compose?from=${post.id}`));
      await form.ready();
      expect(await form.privacy.inputValue()).toBe('');
      expect(await Promise.all([form.comment, form.duet, form.stitch].map((box) => box.isChecked()))).toEqual(
        [false, false, false],
      );
    });

    test('UX-07: comment, duet and stitch can be allowed, none of them is at first, and what is not is sent as disabled', async () => {
      const { person, accountId } = await creator();
      const form = await compose(person);
      const boxes = [form.comment, form.duet, form.stitch];
      expect(await Promise.all(boxes.map((box) => box.isChecked()))).toEqual([false, false, false]);
      expect(await Promise.all(boxes.map((box) => box.isEnabled()))).toEqual([true, true, true]);
      await form.videoUrl.fill(`${stage().mediaUrl}/vertical.mp4`);
      await form.privacy.selectOption('MUTUAL_FOLLOW_FRIENDS');
      await form.duet.check();
      await form.publish.click();
      await form.page.getByText('It goes out within a minute or two.').waitFor();
      const [post] = await posted(person);
      expect(post).toMatchObject({
        accountId,
        privacyLevel: 'MUTUAL_FOLLOW_FRIENDS',
        disableComment: true,
        disableDuet: false,
        disableStitch: true,
      });
    });

    test.each([
      ['commentDisabled', 'comment'],
      ['duetDisabled', 'duet'],
      ['stitchDisabled', 'stitch'],
    ] as const)(
      'UX-08: what the creator has switched off at TikTok is greyed out: %s',
      async (setting, name) => {
        const { person } = await creator({ [setting]: true });
        const form = await compose(person);
        const boxes = { comment: form.comment, duet: form.duet, stitch: form.stitch };
        for (const [other, box] of Object.entries(boxes))
          expect([other, await box.isDisabled(), await box.isChecked()]).toEqual([
            other,
            other === name,
            false,
          ]);
        const colour = (box: typeof form.comment) =>
          box.evaluate((input) => {
            const style = getComputedStyle(input.closest('.choice') ?? input);
            return `${style.color} ${style.opacity}`;
          });
        const [off, on] = await Promise.all(
          [boxes[name], name === 'duet' ? boxes.stitch : boxes.duet].map(colour),
        );
        if (name !== 'stitch') expect(off).not.toBe(on);
      },
    );

    test('UX-08: for photos, too', async () => {
      const form = await photos((await creator({ commentDisabled: true })).person);
      expect([await form.comment.isDisabled(), await form.comment.isChecked()]).toEqual([true, false]);
    });

    test('UX-09: photos have a comment switch and no other', async () => {
      const form = await photos();
      expect(await form.comment.isVisible()).toBe(true);
      expect(await form.comment.isChecked()).toBe(false);
      expect([await form.duet.count(), await form.stitch.count()]).toEqual([0, 0]);
      await form.choose('Video');
      expect([await form.duet.count(), await form.stitch.count()]).toEqual([1, 1]);
    });

    describe.each(KINDS)('commercial content of a %s', (kind) => {
      const form = () => ofKind[kind]();

      test('UX-10: the disclosure is off at first; on, it offers two boxes, of which both may be checked', async () => {
        const page = await form();
        expect(await page.disclosure.isChecked()).toBe(false);
        expect([await page.yourBrand.count(), await page.branded.count()]).toEqual([0, 0]);
        await page.disclosure.check();
        expect([await page.yourBrand.isChecked(), await page.branded.isChecked()]).toEqual([false, false]);
        await page.yourBrand.check();
        await page.branded.check();
        expect([await page.yourBrand.isChecked(), await page.branded.isChecked()]).toEqual([true, true]);
        await page.disclosure.uncheck();
        expect([await page.yourBrand.count(), await page.branded.count()]).toEqual([0, 0]);
        await page.disclosure.check();
        expect([await page.yourBrand.isChecked(), await page.branded.isChecked()]).toEqual([false, false]);
      });

      test('UX-11 and UX-12: what it will be labelled as is said once something is chosen, and not before', async () => {
        const page = await form();
        const text = () => page.page.locator('main').innerText();
        await page.disclosure.check();
        expect(await text()).not.toMatch(/labeled as '/);
        await page.yourBrand.check();
        await page.page.getByText(PROMOTIONAL, { exact: true }).waitFor();
        expect(await text()).not.toContain(PARTNERSHIP);
        await page.branded.check();
        await page.page.getByText(PARTNERSHIP, { exact: true }).waitFor();
        expect(await text()).not.toContain(PROMOTIONAL);
        await page.yourBrand.uncheck();
        await page.page.getByText(PARTNERSHIP, { exact: true }).waitFor();
        await page.branded.uncheck();
        await eventually(text).not.toMatch(/labeled as '/);
      });

      test('UX-13: on with nothing chosen, it cannot be published, and pointing at the button says why', async () => {
        const page = await form();
        const media = `${stage().mediaUrl}/verified/vertical`;
        if (kind === 'video') await page.videoUrl.fill(`${media}.mp4`);
        else await page.photoUrl(1).fill(`${media}.jpg`);
        await page.privacy.selectOption('PUBLIC_TO_EVERYONE');
        await eventually(() => page.isPublishOff()).toBe(false);
        await page.disclosure.check();
        expect(await page.isPublishOff()).toBe(true);
        expect(await page.hover(page.publish)).toBe(NEEDS_DISCLOSURE);
        await page.publish.click({ force: true });
        expect(await page.page.getByRole('heading', { name: 'Compose' }).count()).toBe(1);
        await page.yourBrand.check();
        expect(await page.isPublishOff()).toBe(false);
        expect(await page.hover(page.publish)).toBeNull();
      });

      test('UX-14: what only the creator may see cannot be branded content, and says so', async () => {
        const page = await form();
        await page.privacy.selectOption('SELF_ONLY');
        await page.disclosure.check();
        expect(await page.branded.isDisabled()).toBe(true);
        expect(await page.yourBrand.isEnabled()).toBe(true);
        expect(await page.hover(page.branded)).toBe(NOT_PRIVATE);
        await page.page.getByText(NOT_PRIVATE).first().waitFor();
        await page.privacy.selectOption('PUBLIC_TO_EVERYONE');
        expect(await page.branded.isEnabled()).toBe(true);
      });

      test('UX-15: branded content first, and “only me” cannot be chosen', async () => {
        const page = await form();
        await page.disclosure.check();
        await page.branded.check();
        expect((await page.options()).filter(([, , isDisabled]) => isDisabled)).toEqual([
          ['SELF_ONLY', 'Only me', true],
        ]);
        expect(await page.hover(page.privacy.locator('option[value=SELF_ONLY]'))).toBe(NOT_PRIVATE);
        expect(await page.hover(page.privacy)).toBe(NOT_PRIVATE);
        await page.branded.uncheck();
        expect((await page.options()).filter(([, , isDisabled]) => isDisabled)).toEqual([]);
      });

      test('UX-16 and UX-17: the declaration above the button is the one for what is disclosed, with its links', async () => {
        const page = await form();
        const told = async () => ({
          text: (await page.declaration.innerText()).replaceAll(/\s+/g, ' ').trim(),
          links: await page.declaration
            .getByRole('link')
            .evaluateAll((links) => (links as HTMLAnchorElement[]).map(({ href, text }) => [text, href])),
        });
        const music = {
          text: "By posting, you agree to TikTok's Music Usage Confirmation",
          links: [['Music Usage Confirmation', MUSIC_URL]],
        };
        const branded = {
          text: "By posting, you agree to TikTok's Branded Content Policy and Music Usage Confirmation",
          links: [
            ['Branded Content Policy', POLICY_URL],
            ['Music Usage Confirmation', MUSIC_URL],
          ],
        };
        expect(await told()).toEqual(music);
        await page.disclosure.check();
        expect(await told()).toEqual(music);
        await page.yourBrand.check();
        expect(await told()).toEqual(music);
        await page.branded.check();
        expect(await told()).toEqual(branded);
        await page.yourBrand.uncheck();
        expect(await told()).toEqual(branded);
        await page.disclosure.uncheck();
        expect(await told()).toEqual(music);
        const [declaration, button] = await Promise.all([
          page.declaration.boundingBox(),
          page.publish.boundingBox(),
        ]);
        expect((declaration?.y ?? 0) + (declaration?.height ?? 0)).toBeLessThanOrEqual(button?.y ?? 0);
      });
    });

    test('UX-18: a video is shown as it is, with its caption', async () => {
      const form = await compose();
      const url = `${stage().mediaUrl}/vertical.webm`;
      await form.videoUrl.fill(url);
      await form.caption.fill('What is <b>sent</b> #film');
      const video = form.preview.locator('video');
      await video.waitFor();
      expect(await video.getAttribute('src')).toBe(url);
      await eventually(() => video.evaluate((element) => (element as HTMLVideoElement).videoHeight)).toBe(
        1_280,
      );
      await form.preview.getByText('What is <b>sent</b> #film', { exact: true }).waitFor();
      await form.preview.getByText('Ada Films').waitFor();
    });

    test('UX-18: photos are shown each as it is, in their order, with title and description', async () => {
      const form = await photos();
      const urls = ['vertical.jpg', 'vertical.webp'].map((name) => `${stage().mediaUrl}/verified/${name}`);
      await form.photoUrl(1).fill(urls[0] ?? '');
      await form.page.getByRole('button', { name: 'Add a photo' }).click();
      await form.photoUrl(2).fill(urls[1] ?? '');
      await form.title.fill('The title');
      await form.description.fill('The description');
      const image = form.preview.locator('.stage img');
      const shown = () =>
        image.evaluate((element) => [
          (element as HTMLImageElement).src,
          (element as HTMLImageElement).naturalHeight,
        ]);
      await eventually(shown).toEqual([urls[0], 1_280]);
      await form.preview.getByRole('button', { name: 'Next photo' }).click();
      await eventually(shown).toEqual([urls[1], 1_280]);
      for (const text of ['The title', 'The description'])
        await form.preview.getByText(text, { exact: true }).waitFor();
    });

    test('UX-20: nothing has gone to TikTok before the button is pressed; what was agreed to, and when, is kept', async () => {
      const { person, username } = await creator();
      const form = await compose(person);
      const told = () =>
        JSON.stringify(
          stage()
            .emulator.requests()
            .map(({ body }) => body ?? null),
        );
      const caption = `Not yet ${username}`;
      await form.videoUrl.fill(`${stage().mediaUrl}/verified/vertical.mp4`);
      await form.caption.fill(caption);
      await form.privacy.selectOption('PUBLIC_TO_EVERYONE');
      await form.disclosure.check();
      await form.branded.check();
      await form.page.getByText('720 × 1280 pixels').waitFor();
      await stage().stack.tick();
      expect(stage().sentToTikTok(username)).toEqual([]);
      expect(told()).not.toContain(caption);

      const pressedAt = Date.now();
      await form.publish.click();
      await form.page.getByText('It goes out within a minute or two.').waitFor();
      const [post] = await posted(person);
      expect(post?.consent).toEqual({
        declaration: 'branded_content_and_music_usage',
        agreedAt: expect.any(String),
      });
      expect(Date.parse(post?.consent?.agreedAt ?? '')).toBeGreaterThanOrEqual(pressedAt - 5_000);
      await stage().stack.tick();
      expect(stage().sentToTikTok(username)).toHaveLength(1);
      expect(told()).toContain(caption);
    });

    test('UX-21: after publishing it is said that it may take a few minutes', async () => {
      const { person } = await creator();
      const form = await compose(person);
      await form.videoUrl.fill(`${stage().mediaUrl}/vertical.mp4`);
      await form.privacy.selectOption('SELF_ONLY');
      await form.publish.click();
      await form.page
        .getByText('It may take a few minutes for the content to process and be visible on your profile.')
        .waitFor();
    });

    test('UX-23: no secret of the site is in anything that a browser gets', async () => {
      const texts: string[] = [];
      const page = await visit(null, '/integrations');
      page.on('response', async (response) => {
        if (response.url().startsWith(stage().siteUrl)) texts.push(await response.text().catch(() => ''));
      });
      await page.reload();
      await page.getByRole('button', { name: 'Create an account' }).waitFor();
      const scripts = await page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .map(({ name }) => name)
          .filter((name) => name.endsWith('.js')),
      );
      expect(scripts.length).toBeGreaterThan(0);
      const secrets = stage()
        .emulator.apps()
        .map(({ clientSecret }) => clientSecret);
      expect(secrets.length).toBeGreaterThan(0);
      for (const secret of [...secrets, 'sb_secret_']) expect(texts.join('\n')).not.toContain(secret);
    });
  });
}
