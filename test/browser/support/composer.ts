import type { Locator, Page } from 'playwright-core';

/** The compose page, by what is written on it. */
export function composer(page: Page) {
  /** One of the buttons of which one is pressed. */
  const choose = (name: string): Promise<void> =>
    page.locator('.segments').getByText(name, { exact: true }).click();
  return {
    page,
    videoUrl: page.getByLabel('Video address'),
    photoUrl: (place: number): Locator => page.getByLabel(`Photo ${place} address`),
    caption: page.getByLabel('Caption'),
    title: page.getByLabel('Title', { exact: true }),
    description: page.getByLabel('Description'),
    privacy: page.getByLabel('Who can view this post'),
    comment: page.getByLabel('Comment', { exact: true }),
    duet: page.getByLabel('Duet', { exact: true }),
    stitch: page.getByLabel('Stitch', { exact: true }),
    disclosure: page.getByRole('switch', { name: 'Disclose commercial content' }),
    yourBrand: page.getByLabel('Your brand', { exact: true }),
    branded: page.getByLabel('Branded content', { exact: true }),
    preview: page.getByRole('region', { name: 'Preview' }),
    declaration: page.locator('#declaration'),
    publish: page.locator('button[type=submit]'),
    choose,
    /** The options that can be seen, as value and text. */
    async options(): Promise<[value: string, text: string, isDisabled: boolean][]> {
      return page
        .getByLabel('Who can view this post')
        .locator('option:not([hidden])')
        .evaluateAll((options) =>
          (options as HTMLOptionElement[]).map(({ value, text, disabled }) => [value, text, disabled]),
        );
    },
    /** Waits until TikTok has said what the creator may post. */
    ready: () => page.getByLabel('Who can view this post').waitFor(),
    async isPublishOff(): Promise<boolean> {
      const button = page.locator('button[type=submit]');
      return (await button.getAttribute('aria-disabled')) === 'true' || (await button.isDisabled());
    },
    /** What a pointer over something reads. */
    hover: (locator: Locator): Promise<string | null> =>
      locator.evaluate((element) => element.closest('[title]')?.getAttribute('title') || null),
  };
}
export type Composer = ReturnType<typeof composer>;
