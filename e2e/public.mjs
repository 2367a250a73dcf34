// A member of the public: finds a decision, reads it, learns how to appeal, and takes along what is needed to check it at home.
//
// Usage: node public.mjs <portal-url> <folder>
// JavaScript is off. What is downloaded keeps the names that the portal gives it, and instructions.json holds each command that
// the pages give, with the page that gives it: whoever runs this test types them, with the portal gone. What is looked for, and
// what a page must say, stands in public.json.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertAccessible } from './accessible.mjs';
import { withPage } from './browser.mjs';
import { Desk } from './desk.mjs';

const [portal, folder] = process.argv.slice(2);
assert.ok(portal && folder, 'usage: node public.mjs <portal-url> <folder>');
const sought = JSON.parse(await readFile(join(dirname(fileURLToPath(import.meta.url)), 'public.json'), 'utf8'));
const SCREEN = { width: 1366, height: 768 };
const PHONE = { width: 390, height: 844 };
/** What is left of the screen for a page that is shown twice as large. */
const TWICE_AS_LARGE = { width: 683, height: 384 };
let desk;
let size = 0;

async function walk(page) {
  desk = new Desk(page, { staff: portal, folder, pictures: 'portal-' });
  page.on('response', async (answer) => {
    assert.equal(answer.headers()['set-cookie'], undefined, `${answer.url()} sets a cookie`);
    assert.equal(new URL(answer.url()).origin, portal, 'nothing comes from elsewhere');
  });
  await page.goto(`${portal}/`);
  await firstLoad(page);
  await isFit(page, 'home');

  await search(page, sought.party);
  await isFit(page, 'list');
  await found(page, sought.title).waitFor();
  await page.goto(`${portal}/publications`);
  await narrowed(page);
  await search(page, sought.word);
  await desk.follow(found(page, sought.title));
  await isRead(page);
  await desk.shot('decision', { fullPage: true });
  await isFit(page, 'decision');
  const commands = await isChecked(page, 'verify');
  await page.goto(`${portal}/verify`);
  await desk.see('不用明渠校验');
  await isFit(page, 'how');

  await page.goto(`${portal}/publications`);
  await search(page, sought.withdrawn.word);
  await desk.follow(page.locator('.publications a').first());
  for (const text of sought.withdrawn.says) await desk.see(text);
  await isFit(page, 'withdrawn');
  commands.push(...(await isChecked(page, 'verify-withdrawn')));
  await writeFile(join(folder, 'instructions.json'), JSON.stringify(commands));

  await mistakes(page);
  assert.deepEqual(await page.context().cookies(), [], 'no cookie was kept');
}

/** Types it where the page asks for it, and presses Enter. */
async function search(page, text) {
  await page.locator('form[role=search] input[type=search]').fill(text);
  await Promise.all([page.waitForEvent('framenavigated'), page.keyboard.press('Enter')]);
  await page.waitForLoadState();
}

const found = (page, title) => page.locator('.publications a', { hasText: title }).first();

/** By a facet the list becomes shorter, or stays; the condition can be taken away again. */
async function narrowed(page) {
  const button = page.locator('form.narrow button', { hasText: sought.kind }).first();
  const value = (await button.innerText()).trim();
  await desk.follow(button);
  await page.locator('.chips', { hasText: value }).waitFor();
  await found(page, sought.title).waitFor();
  await assertAccessible(page);
  await desk.follow(page.locator('.chips a').first());
  assert.equal(await page.locator('.chips').count(), 0, 'the condition is gone');
}

async function isRead(page) {
  await page.locator('h1', { hasText: sought.title }).waitFor();
  for (const [heading, says] of Object.entries(sought.sections)) {
    const section = page.locator('section', { has: page.locator('h2', { hasText: heading }) });
    const text = await section.innerText();
    for (const wanted of says) assert.ok(text.includes(wanted), `“${heading}” does not say “${wanted}”, but:\n${text}`);
  }
}

/** Goes to the page that checks, takes along what it offers, and answers what it tells to type. */
async function isChecked(page, name) {
  const shown = page.url();
  await desk.follow(page.locator('.proof a[href$="/verify"]'));
  await desk.see('五步全部通过');
  await isFit(page, name);
  for (const link of await page.locator('.downloads a').all()) {
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    await download.saveAs(join(folder, download.suggestedFilename()));
  }
  const commands = await instructions(page);
  assert.equal(commands.length, 1, 'one command checks it');
  await page.goto(shown);
  return commands;
}

const instructions = (page) =>
  page.locator('main pre').evaluateAll((all) => all.map((it) => it.textContent.trim()).filter((it) => it.startsWith('mingqu ')));

/** What people type wrong is answered in Chinese, and kept. */
async function mistakes(page) {
  await page.goto(`${portal}/publications`);
  await search(page, '水');
  await desk.see('至少两个字');
  assert.equal(await page.locator('#q').inputValue(), '水', 'what was typed stays');
  await search(page, '没有这样的当事人');
  await desk.see('没有找到');
  await assertAccessible(page);
  const answer = await page.goto(`${portal}/publications/nothing-of-this-name`);
  assert.equal(answer.status(), 404);
  await assertAccessible(page);
}

/** At home on a screen, on a phone, and twice as large; on paper nothing but the publication remains. */
async function isFit(page, name) {
  await assertAccessible(page);
  for (const [viewport, where] of [[TWICE_AS_LARGE, 'large'], [PHONE, 'phone']]) {
    await page.setViewportSize(viewport);
    await desk.fits(viewport.width);
    await desk.shot(`${name}-${where}`);
  }
  await page.setViewportSize(SCREEN);
  await desk.shot(name);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('nav.main').isVisible(), false, 'no navigation on paper');
  assert.ok(await page.locator('h1').isVisible());
  await page.emulateMedia({ media: null });
}

/** What the first page needs to be shown, in bytes as they are sent. */
async function firstLoad(page) {
  const sizes = [];
  page.on('requestfinished', async (request) => sizes.push(request.sizes()));
  await page.goto(`${portal}/`);
  await page.waitForLoadState('networkidle');
  for (const it of await Promise.all(sizes)) size += it.responseHeadersSize + it.responseBodySize;
  page.removeAllListeners('requestfinished');
  assert.ok(size > 0 && size <= 60_000, `the first page takes ${size} bytes`);
}

await withPage(walk, { javaScriptEnabled: false });
