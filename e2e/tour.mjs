// The guided tour, by a practitioner who follows it to the letter: no link of it may be a dead end.
//
// Usage: node tour.mjs <staff-url> <folder for pictures>
// What the steps are stands on the page itself, and what the tour says stands behind a link is looked for there. JavaScript is
// off.

import assert from 'node:assert/strict';
import { assertAccessible } from './accessible.mjs';
import { withPage } from './browser.mjs';
import { Desk } from './desk.mjs';

const [staff, folder] = process.argv.slice(2);
assert.ok(staff && folder, 'usage: node tour.mjs <staff-url> <folder> [doors]');
const STEPS = 10;
let desk;
/** The answer to the last page that was gone to. */
let answered;

async function walk(page) {
  desk = new Desk(page, { staff, folder, pictures: 'tour-' });
  page.on('response', (answer) => {
    if (answer.request().isNavigationRequest() && answer.frame() === page.mainFrame()) answered = answer;
  });
  await page.goto(`${staff}/`);
  await desk.see('登录');
  await desk.follow(page.locator('main a[href="/tour"]'));
  await assertAccessible(page);
  await desk.shot('start');
  const counts = await page.locator('.tour-steps > li').evaluateAll((steps) => steps.map((step) => step.querySelectorAll('.tour-links > li').length));
  assert.equal(counts.length, STEPS, 'so many steps');
  for (const [at, count] of counts.entries()) {
    assert.ok(count > 0, `step ${at + 1} leads nowhere`);
    for (let link = 0; link < count; link += 1) await followed(page, at, link);
  }
  const [first] = await everyAccount(page);
  await page.goto(staff + first);
  await enters(page, first);
  await daysPass(page);
}

/** Goes where a link of the tour leads, signing in on the way as the tour says. */
async function followed(page, step, at) {
  await page.goto(`${staff}/tour`);
  const line = page.locator('.tour-steps > li').nth(step).locator('.tour-links > li').nth(at);
  const what = `step ${step + 1}, “${(await line.innerText()).trim()}”`;
  const link = line.locator('a');
  assert.equal(await link.count(), 1, `${what} has no way to go`);
  const shows = await line.locator('.soft').evaluateAll((texts) => texts.flatMap((it) => [...it.textContent.matchAll(/“(.+?)”/g)].map((found) => found[1])));
  await desk.follow(link);
  if (new URL(page.url()).pathname === '/sign-in') await enters(page, what);
  await arrived(page, what);
  for (const text of shows) await desk.see(text);
  if (at === 0) await desk.shot(String(step + 1));
}

/** The form is filled in: one press is enough. */
async function enters(page, what) {
  assert.notEqual(await page.locator('[name=password]').inputValue(), '', `${what}: the form is filled in`);
  await desk.follow(page.locator('main form button'));
  assert.notEqual(new URL(page.url()).pathname, '/sign-in', `${what}: signed in`);
}

async function arrived(page, what) {
  assert.equal(answered.status(), 200, `${what} ends at ${page.url()}`);
  const heading = await page.locator('main h1').first().innerText();
  assert.ok(heading.trim() !== '', `${what}: ${page.url()} says what it is`);
}

/** Every account of the list can be taken; the addresses at which they sign in. */
async function everyAccount(page) {
  await page.goto(`${staff}/tour`);
  const links = await page.locator('table a').evaluateAll((all) => all.map((it) => it.getAttribute('href')));
  assert.ok(links.length > 5, 'the accounts are listed');
  for (const link of links) {
    await page.goto(staff + link);
    await enters(page, link);
    await arrived(page, link);
    await page.locator('form.who').waitFor();
  }
  return links;
}

/** A day passes, and another one up to a working day; whoever is signed in stays so. */
async function daysPass(page) {
  await page.goto(`${staff}/cases`);
  const before = await page.locator('.demonstration form strong').innerText();
  for (const until of ['day', 'workday']) {
    await desk.follow(page.locator(`.demonstration button[value=${until}]`));
    await arrived(page, until);
    await desk.see('演示日期从');
    await page.locator('form.who').waitFor();
    await assertAccessible(page);
  }
  assert.notEqual(await page.locator('.demonstration form strong').innerText(), before, 'the date moved');
  await desk.shot('day-passed');
  await page.setViewportSize({ width: 390, height: 844 });
  await desk.fits(390);
  await page.goto(`${staff}/tour`);
  await desk.fits(390);
  await desk.shot('phone');
}

await withPage(walk, { javaScriptEnabled: false });
