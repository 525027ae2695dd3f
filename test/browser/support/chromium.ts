import { existsSync } from 'node:fs';
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

/** Where a machine that has a Chromium keeps it. */
const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The browser that `CHROME_PATH` names, or the machine's own, or the one that lies in a package, for Linux. */
async function findChromium(): Promise<string> {
  const named = process.env.CHROME_PATH;
  if (named) return named;
  return USUAL_PLACES.find((place) => existsSync(place)) ?? (await sparticuz.executablePath());
}

/**
 * A browser without a window. The sandbox is off, as it does not start for root; whatever else a browser guards stays as
 * people have it, so the site's policies are tried as well.
 */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findChromium(),
    chromiumSandbox: false,
    args: ['--font-render-hinting=none', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}
