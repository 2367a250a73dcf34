// The slice, by a person at a desk: from a lead to a disclosed decision that anyone can verify.
//
// Usage: node slice.mjs <staff-url> <portal-url> <folder for bundle, key and pictures>
// JavaScript is off in the pages. Which acts are performed, and what they say, stands in slice.json and in the case
// file that it names; only what must be seen on the way stands here.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertAccessible } from './accessible.mjs';
import { withPage } from './browser.mjs';
import { Desk, entered, formOf, formUrl, send, typist } from './desk.mjs';
import { fillByKeyboard } from './keyboard.mjs';

const [staff, portal, folder] = process.argv.slice(2);
assert.ok(staff && portal && folder, 'usage: node slice.mjs <staff-url> <portal-url> <folder>');
const here = dirname(fileURLToPath(import.meta.url));
const journey = JSON.parse(await readFile(join(here, 'slice.json'), 'utf8'));
const { steps } = JSON.parse(await readFile(resolve(here, journey.case), 'utf8'));
const step = (event) => steps.find((it) => it.event === event);
const agency = JSON.parse(await readFile(resolve(here, journey.agency), 'utf8'));
let desk;

/** What waits for the hands of others is pictured once. */
async function agreed(recorder) {
  return desk.agreed(recorder, async () => {
    if (!agreed.pictured) await desk.shot('pending');
    agreed.pictured = true;
  });
}

async function walk(page) {
  desk = new Desk(page, { staff, folder, agency, password: journey.password, pictures: 'slice-' });
  await page.goto(`${staff}/`);
  await desk.see('登录');
  await desk.shot('sign-in');
  await desk.as(journey.handler);
  await page.goto(`${staff}/`);
  await desk.see('今天没有等您办的事');
  await page.goto(`${staff}/cases`);
  await desk.see('还没有案件');
  let today;
  let caseUrl;
  const done = [];
  for (const it of steps) {
    const isOpening = caseUrl === undefined;
    await desk.as(typist(it, journey.handler));
    if (isOpening) {
      await page.goto(staff + journey.start);
      await assertAccessible(page);
      await page.locator(`a[href$="/${it.event}"]`).click();
    } else {
      await page.goto(formUrl(caseUrl, it));
    }
    today ??= await page.locator('[name=occurred]').inputValue();
    if (isOpening || it.event === journey.picture_after) await assertAccessible(page);
    if (it.event === journey.wrong_value.event) await wrongValueComesBack(page, it, today);
    if (it.event === journey.too_heavy.event) await tooHeavyIsRefused(page, it, today);
    let sent;
    if (it.event === journey.by_keyboard) {
      await fillByKeyboard(page, entered(it, today));
      sent = await formOf(page);
      await Promise.all([page.waitForEvent('framenavigated'), page.keyboard.press('Enter')]);
    } else {
      await fill(page, it, today);
      sent = await formOf(page);
      await desk.record();
    }
    const shown = await agreed(typist(it, journey.handler));
    done.push(it.event);
    caseUrl ??= shown;
    assert.equal(shown, caseUrl, 'the act is shown on the page of its case');
    if (isOpening) await twiceIsOnce(page, sent, shown);
    if (it.event === journey.too_early.after) await tooEarlyIsRefused(page, caseUrl, today);
    if (it.event === journey.by_keyboard) await staleIsTold(page, sent);
    if (it.event === journey.picture_after) {
      await page.goto(caseUrl);
      await desk.shot('case-page');
      await chart(page, caseUrl);
    }
  }
  await page.goto(caseUrl);
  const entries = await page.locator('.timeline > li').count();
  assert.equal(entries, steps.length, 'every act once');
  await pictures(page, caseUrl);
  await publicSide(page);
  await toTheArchive(page, caseUrl, today);
}

/** What remains after the decision was disclosed: the fine is paid, the case closed and archived. */
async function toTheArchive(page, caseUrl, today) {
  await page.setViewportSize({ width: 1366, height: 768 });
  for (const it of journey.then) {
    await desk.as(typist(it, journey.handler));
    await page.goto(formUrl(caseUrl, it));
    await fill(page, it, today);
    await desk.record();
    await agreed(typist(it, journey.handler));
  }
  await page.goto(caseUrl);
  await desk.see(journey.at_last);
  const entries = await page.locator('.timeline > li').count();
  assert.equal(entries, steps.length + journey.then.length, 'every act once');
}

async function fill(page, it, today) {
  for (const fold of await page.locator('details.group:not([open]) > summary').all()) await fold.press('Enter');
  for (const [name, value] of entered(it, today)) await enter(page, name, value);
}

async function enter(page, name, value) {
  const controls = page.locator(`[name="${name}"]`);
  const first = controls.first();
  const kind = await first.evaluate((it) => (it.tagName === 'SELECT' ? 'select' : it.type));
  if (kind === 'select') return void (await first.selectOption(String(value)));
  if (kind === 'radio') return void (await page.locator(`[name="${name}"][value="${value}"]`).check());
  if (kind === 'checkbox') {
    for (const box of await controls.all()) await box.setChecked(value.includes(await box.getAttribute('value')));
    return;
  }
  await first.fill(String(value));
}

async function twiceIsOnce(page, sent, caseUrl) {
  const answer = await send(page, sent);
  assert.equal(answer.status(), 303, 'the same form again is answered');
  assert.ok(new URL(answer.headers().location, staff).href.startsWith(caseUrl), 'with the same case');
}

async function staleIsTold(page, sent) {
  await page.goto(`${staff}/pending`);
  const token = await page.locator('form.who [name=token]').inputValue();
  const fields = sent.fields.map(([name, value]) => [name, name === 'key' ? `${value}-again` : name === 'token' ? token : value]);
  const answer = await send(page, { ...sent, fields });
  assert.equal(answer.status(), 409, 'a stale page');
  assert.match(await answer.text(), /本案已有新的进展/);
}

async function wrongValueComesBack(page, it, today) {
  await fill(page, it, today);
  const { field, value } = journey.wrong_value;
  await enter(page, `fact.${field}`, value);
  const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'), desk.record()]);
  assert.equal(answer.status(), 422, 'a wrong value');
  await desk.see('请更正下列内容');
  await desk.focuses('errors', 'the summary takes the focus');
  await assertAccessible(page);
  assert.equal(await page.locator(`[name="fact.${field}"]`).inputValue(), value, 'the form comes back filled');
  await page.locator('.errors a').first().click();
}

/** The decision before anything was notified: by its address the page says why not; sent anyway it is refused. */
async function tooEarlyIsRefused(page, caseUrl, today) {
  const { event, says } = journey.too_early;
  const it = step(event);
  await page.goto(formUrl(caseUrl, it));
  await desk.see('现在还不能办理');
  const open = await page.request.get(`${staff}/cases/new`);
  assert.equal(open.status(), 200);
  // Any form of this browser carries the token; what it asks is sent to the address of the decision.
  await page.goto(formUrl(caseUrl, step(journey.too_early.after)));
  const { fields } = await formOf(page);
  const hidden = fields.filter(([name]) => ['token', 'version'].includes(name));
  const asked = [...hidden, ['key', 'too-early']];
  for (const [name, value] of entered(it, today)) {
    if (Array.isArray(value)) asked.push(...value.map((one) => [name, one]));
    else asked.push([name, name === 'occurred' || name.endsWith('decision_date') ? today : String(value)]);
  }
  const answer = await send(page, { action: formUrl(caseUrl, it), fields: asked });
  assert.equal(answer.status(), 409, 'the law forbids it');
  const html = await answer.text();
  for (const text of says) assert.ok(html.includes(text), `the refusal says ${text}`);
  await page.goto(formUrl(caseUrl, it));
  await desk.shot('too-early');
}

/** Heavier than notified: the form comes back filled, with the reason at its head. */
async function tooHeavyIsRefused(page, it, today) {
  const { field, value, says } = journey.too_heavy;
  await fill(page, it, today);
  const [, ...changed] = entered({ on: today, facts: { [field]: value } }, today);
  for (const [name, typed] of changed) await enter(page, name, typed);
  const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'), desk.record()]);
  assert.equal(answer.status(), 409, 'the law forbids it');
  for (const text of says) await desk.see(text);
  await desk.focuses('errors', 'the reason takes the focus');
  await desk.shot('refused-form');
}

/** The chart of the case shows what is done and what is owed, in the drawing and in words. */
async function chart(page, caseUrl) {
  await assertAccessible(page);
  await page.goto(caseUrl);
  await page.locator('a[href$="/chart"]').click();
  await desk.see('各步在本案的情况');
  const words = await page.locator('.chart-words').innerText();
  for (const text of ['已办', '应办', '现在可以办', '还没有到这一步']) assert.ok(words.includes(text), `the list says ${text}`);
  const drawn = await page.locator('.chart svg text').allTextContents();
  assert.ok(drawn.includes('现在可以办') && drawn.includes('应办'), 'and so does the drawing');
  await assertAccessible(page);
  await desk.shot('case-chart', { fullPage: true });
}

async function pictures(page, caseUrl) {
  await page.goto(`${staff}/gallery`);
  await desk.see('部件');
  await assertAccessible(page);
  for (const [path, text, name] of [
    ['/', '今日待办', 'today'],
    ['/?whose=section', '今日待办', 'today-section'],
    ['/cases', journey.title, 'case-list'],
  ]) {
    await page.goto(staff + path);
    await desk.see(text);
    await assertAccessible(page);
    await desk.shot(name);
  }
  await page.goto(`${caseUrl}/service`);
  await desk.see('送达');
  await assertAccessible(page);
  await desk.shot('service');
  await page.goto(`${staff}/cases`);
  await page.setViewportSize({ width: 390, height: 844 });
  await desk.shot('case-list-phone');
  await desk.fits(390);
  await page.goto(caseUrl);
  await desk.fits(390);
  await assertAccessible(page);
  await desk.shot('case-page-phone');
  await page.goto(`${caseUrl}/chart`);
  await desk.fits(390);
  await page.goto(`${caseUrl}/service`);
  await desk.fits(390);
  await desk.shot('service-phone');
  await page.goto(`${staff}/`);
  await desk.fits(390);
  await page.setViewportSize({ width: 1366, height: 768 });
  for (const [person, path, text, name] of [
    [journey.reviewer, '/reviews', '法制审核', 'reviews'],
    [journey.leader, '/supervision', '值得再看一遍的记录', 'supervision'],
  ]) {
    await desk.as(person);
    await page.goto(staff + path);
    await desk.see(text);
    await assertAccessible(page);
    await desk.shot(name);
  }
}

async function publicSide(page) {
  await page.goto(`${portal}/`);
  await page.locator('.publications a').first().click();
  await desk.see(journey.title);
  await desk.see('已校验');
  const text = await page.locator('main').innerText();
  assert.ok(!text.includes('陆清源'), 'no officer stands on the public page');
  await desk.shot('portal-decision', { fullPage: true });
  const bundle = await page.request.get(`${page.url()}/bundle.json`);
  assert.equal(bundle.status(), 200);
  await writeFile(join(folder, 'bundle.json'), await bundle.body());
  const key = await page.request.get(`${portal}/key`);
  await writeFile(join(folder, 'log.vkey'), await key.body());
  await page.setViewportSize({ width: 390, height: 844 });
  await desk.shot('portal-decision-phone');
}

await withPage(walk, { javaScriptEnabled: false });
