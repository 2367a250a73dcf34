// One browser page for one journey.
//
// Purpose: every journey starts from the same browser: the distribution's Chromium, no profile, no
// background traffic, Chinese locale and time zone, the 1366x768 of an office screen.
// Invariant: nothing of one journey is left for the next; the profile lives and dies with the page.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';

const FLAGS = [
  // Tests also run as root, where Chromium refuses its sandbox, and with a small /dev/shm.
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  // Nothing but the page under test may use the network.
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/**
 * Opens a page in a fresh browser, hands it to `journey` and returns what the journey returns.
 *
 * `options` are Playwright's context options, as in `withPage(journey, { javaScriptEnabled: false })`.
 * An error thrown by the page's own scripts fails the journey, even when nobody waited for it.
 */
export async function withPage(journey, options = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'mingqu-browser-'));
  let context;
  try {
    context = await chromium.launchPersistentContext(profile, {
      executablePath: EXECUTABLE,
      headless: true,
      args: FLAGS,
      locale: 'zh-CN',
      // What the browser itself says, such as beside a field for files, is Chinese too.
      env: { ...process.env, LANGUAGE: 'zh_CN', LC_ALL: 'C.UTF-8' },
      timezoneId: 'Asia/Shanghai',
      viewport: { width: 1366, height: 768 },
      ...options,
    });
    const page = context.pages()[0] ?? (await context.newPage());
    const pageErrors = [];
    page.on('pageerror', (error) => pageErrors.push(error));
    const result = await journey(page);
    if (pageErrors.length > 0) {
      throw new AggregateError(pageErrors, `page scripts failed: ${pageErrors[0].message}`);
    }
    return result;
  } finally {
    await context?.close();
    await rm(profile, { recursive: true, force: true });
  }
}
