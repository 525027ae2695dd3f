import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CONNECT_ERRORS } from '../../../src/contract.ts';
import { creator, eventually, stage, visit } from '../support/scene.ts';

export function accounts(): void {
  describe('accounts', () => {
    test('somebody signs up, connects through TikTok’s own page, and is greeted by their name', async () => {
      const { emulator } = stage();
      emulator.putUser({ username: 'ada.films', displayName: 'Ada Films' });
      const page = await visit(null, '/integrations');
      await page.getByRole('button', { name: 'Create an account' }).click();
      await page.getByLabel('E-mail').fill(`${randomUUID()}@example.com`);
      await page.getByLabel('Password').fill('correct horse battery');
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.getByRole('button', { name: 'Connect TikTok' }).click();

      await page.getByLabel('Signed in as').selectOption('ada.films');
      await page.getByRole('button', { name: 'Authorize' }).click();
      await page.getByRole('status').getByText('Ada Films is connected.').waitFor();
      expect(new URL(page.url()).search).toBe('');
      const card = page.getByRole('article', { name: 'Ada Films' });
      await card.getByText('Connected', { exact: true }).first().waitFor();
      await card.getByText('Publish posts').waitFor();
      await card.getByText('Lasts until').waitFor();
    });

    test('who says no at TikTok is told what to do, and may try again', async () => {
      const page = await visit(await stage().signUp(), '/integrations');
      await page.getByRole('button', { name: 'Connect TikTok' }).click();
      await page.getByRole('button', { name: 'Cancel' }).click();
      const alert = page.getByRole('alert');
      await alert.getByText('You did not allow the connection at TikTok.').waitFor();
      expect(new URL(page.url()).search).toBe('');
      await page.getByRole('button', { name: 'Connect TikTok' }).waitFor();
    });

    test('who allows neither kind of post is told so', async () => {
      const page = await visit(await stage().signUp(), '/integrations');
      await page.getByRole('button', { name: 'Connect TikTok' }).click();
      for (const scope of ['video.publish', 'video.upload'])
        await page.getByLabel(scope, { exact: true }).uncheck();
      await page.getByRole('button', { name: 'Authorize' }).click();
      await page.getByRole('alert').getByText('Neither publishing nor drafts were allowed.').waitFor();
    });

    test.each(CONNECT_ERRORS)('tiktok_error=%s is explained and taken out of the address', async (code) => {
      const page = await visit(await stage().signUp(), `/integrations?tiktok_error=${code}&kept=1`);
      const alert = page.getByRole('alert');
      await alert.waitFor();
      const text = await alert.innerText();
      expect(text).toMatch(/connect|again/i);
      expect(text).not.toContain(code);
      expect(new URL(page.url()).search).toBe('?kept=1');
      await page.reload();
      await page.getByRole('button', { name: 'Connect TikTok' }).waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
    });

    test('no two of them are explained alike, and one that is made up says nothing of its own', async () => {
      const person = await stage().signUp();
      const page = await visit(person, '/integrations');
      const told: string[] = [];
      for (const code of [...CONNECT_ERRORS, encodeURIComponent('<b>Call this number</b>')]) {
        await page.goto(`${stage().siteUrl}/integrations?tiktok_error=${code}`);
        await page.getByRole('alert').waitFor();
        told.push(await page.getByRole('alert').innerText());
      }
      expect(new Set(told.slice(0, -1)).size).toBe(CONNECT_ERRORS.length);
      expect(told.at(-1)).not.toContain('Call');
      await page.goto(
        `${stage().siteUrl}/integrations?tiktok_connected=true&tiktok_username=Evil&tiktok_account=1`,
      );
      await page.getByRole('button', { name: 'Connect TikTok' }).waitFor();
      expect(await page.getByText('Evil').count()).toBe(0);
    });

    test('an account is disconnected after a question, and connected again', async () => {
      const { person } = await creator({ displayName: 'Bo Films' });
      const page = await visit(person, '/integrations');
      await page.getByRole('button', { name: 'Disconnect Bo Films' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      await eventually(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
        'Disconnect Bo Films',
      );

      await page.getByRole('button', { name: 'Disconnect Bo Films' }).click();
      await dialog.getByRole('button', { name: 'Disconnect' }).click();
      await page.getByText('Bo Films is disconnected.').waitFor();
      await page.getByRole('button', { name: 'Connect TikTok' }).waitFor();
      expect(await page.getByRole('article').count()).toBe(0);
    });

    test('an account that TikTok has ended says so, and is connected again from there', async () => {
      const { person, username, accountId } = await creator({ displayName: 'Cleo Films' });
      // The strip names one thing at first, and a worker that has not run comes before all else.
      await stage().stack.tick();
      stage().emulator.removeGrant({ username });
      await stage()
        .call(person, 'GET', `tiktok-creator-info?accountId=${accountId}`)
        .catch(() => undefined);
      const page = await visit(person, '/integrations');
      await page.getByRole('article').getByText('Must be connected again', { exact: true }).waitFor();
      await page
        .getByRole('region', { name: 'What needs you' })
        .getByText('Cleo Films must be connected again')
        .waitFor();
      await page.getByRole('button', { name: 'Reconnect Cleo Films' }).click();
      await page.getByLabel('Signed in as').selectOption(username);
      await page.getByRole('button', { name: 'Authorize' }).click();
      await page.getByText('Cleo Films is connected.').waitFor();
    });

    test('an app of one’s own is tested before it is stored, and its secret is never shown', async () => {
      const app = stage().emulator.putApp({
        clientKey: `own-${randomUUID().slice(0, 8)}`,
        clientSecret: 'own-secret-0123456789abcdef',
        redirectUris: [`${stage().siteUrl}/.netlify/functions/tiktok-callback`],
      });
      const page = await visit(await stage().signUp(), '/integrations');
      await page.getByText('own TikTok app').first().click();
      await page.getByLabel('Client key').fill(app.clientKey);
      await page.getByLabel('Client secret').fill('not-the-secret-of-this-app');
      await page.getByRole('button', { name: 'Test' }).click();
      await page.getByText('TikTok refuses them.').waitFor();
      expect(await page.getByLabel('Client key').inputValue()).toBe(app.clientKey);
      await page.getByLabel('Client secret').fill(app.clientSecret);
      await page.getByRole('button', { name: 'Test' }).click();
      await page.getByText('TikTok accepts key and secret.').waitFor();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved.').waitFor();
      await page.reload();
      await page.getByRole('button', { name: 'Connect through your own app' }).waitFor();
      expect(await page.content()).not.toContain(app.clientSecret);
    });
  });
}
