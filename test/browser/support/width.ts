import type { Page } from 'playwright-core';

/** What reaches beyond the screen where the page can be scrolled sideways; empty where it cannot. */
export function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const beyond = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 0.5,
    );
    return [
      `${scrollWidth} px on a screen of ${clientWidth}`,
      ...beyond.map((element) => `${element.tagName} ${element.className} ${element.id}`),
    ];
  });
}
