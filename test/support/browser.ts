import { chromium, type Browser } from 'playwright-core';
import { setUpChromium } from '../../scripts/setup/chromium.mjs';

/** Starts the headless browser in which VS Code is opened. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await setUpChromium(),
    headless: true,
    // Root in a container has no sandbox to use; the rest keeps the browser off the network.
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
}
