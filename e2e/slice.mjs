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

const [staff, portal, folder] = process.argv.slice(2);
assert.ok(staff && portal && folder, 'usage: node slice.mjs <staff-url> <portal-url> <folder>');
const here = dirname(fileURLToPath(import.meta.url));
const journey = JSON.parse(await readFile(join(here, 'slice.json'), 'utf8'));
const { steps } = JSON.parse(await readFile(resolve(here, journey.case), 'utf8'));
const step = (event) => steps.find((it) => it.event === event);
const agency = JSON.parse(await readFile(resolve(here, journey.agency), 'utf8'));
const accountOf = (person) => agency.accounts.find((it) => it.person === person).id;

/** Signs somebody in, in place of whoever is signed in. */
async function as(page, person) {
  if (as.person === person) return;
  await page.context().clearCookies();
  await page.goto(`${staff}/sign-in`);
  await page.locator('[name=account]').fill(accountOf(person));
  await page.locator('[name=password]').fill(journey.password);
  await page.locator('main button[type=submit]').click();
  await page.locator('form.who').waitFor();
  as.person = person;
}

/** Who types a step in: the first of the handlers, else the first who takes part. */
const typist = (it) => it.people?.handler?.[0] ?? Object.values(it.people ?? {})[0]?.[0] ?? journey.handler;

/** What bears the names of others waits for each of them: they sign in one after the other and agree. */
async function agreed(page, recorder) {
  try {
    await page.waitForURL(/\/pending\/|[?]recorded=/, { timeout: 15_000 });
  } catch {
    await page.screenshot({ path: join(folder, 'failed.png'), fullPage: true });
    assert.fail(`${page.url()} was not recorded:\n${await page.locator('main').innerText()}`);
  }
  for (let hands = 0; new URL(page.url()).pathname.startsWith('/pending/'); hands += 1) {
    assert.ok(hands < 8, 'so many hands');
    const waiting = page.url();
    const missing = /待(.+?)签批/.exec(await page.locator('.sub').innerText())[1].split('、')[0];
    const person = agency.people.find((it) => it.name === missing).id;
    await as(page, person);
    await page.goto(`${staff}/pending`);
    await page.locator(`a[href="${new URL(waiting).pathname}"]`).click();
    if (hands === 0 && !agreed.pictured) {
      await page.screenshot({ path: join(folder, 'pending.png') });
      agreed.pictured = true;
    }
    const agree = page.locator('main form:has(input[value=agree]) button');
    await Promise.all([page.waitForEvent('framenavigated'), agree.click()]);
  }
  await see(page, '已记录');
  const shown = page.url().split('?')[0];
  await as(page, recorder);
  return shown;
}

async function walk(page) {
  await page.goto(`${staff}/`);
  await see(page, '登录');
  await page.screenshot({ path: join(folder, 'sign-in.png') });
  await as(page, journey.handler);
  await page.goto(`${staff}/`);
  await see(page, '今天没有等您办的事');
  await page.goto(`${staff}/cases`);
  await see(page, '还没有案件');
  let today;
  let caseUrl;
  const done = [];
  for (const it of steps) {
    const isOpening = caseUrl === undefined;
    await as(page, typist(it));
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
      sent = await fillByKeyboard(page, it, today);
    } else {
      await fill(page, it, today);
      sent = await formOf(page);
      await submit(page);
    }
    const shown = await agreed(page, typist(it));
    done.push(it.event);
    caseUrl ??= shown;
    assert.equal(shown, caseUrl, 'the act is shown on the page of its case');
    if (isOpening) await twiceIsOnce(page, sent, shown);
    if (it.event === journey.too_early.after) await tooEarlyIsRefused(page, caseUrl, today);
    if (it.event === journey.by_keyboard) await staleIsTold(page, sent);
    if (it.event === journey.picture_after) {
      await page.goto(caseUrl);
      await page.screenshot({ path: join(folder, 'case-page.png') });
      await chart(page, caseUrl);
    }
  }
  await page.goto(caseUrl);
  const entries = await page.locator('.timeline > li').count();
  assert.equal(entries, steps.length, 'every act once');
  await pictures(page, caseUrl);
  await publicSide(page);
}

const formUrl = (caseUrl, it) => `${caseUrl}/acts/${it.event}${it.number ? `?subject=${it.number}` : ''}`;

async function see(page, text) {
  try {
    await page.getByText(text).first().waitFor({ state: 'visible', timeout: 10_000 });
  } catch {
    await page.screenshot({ path: join(folder, 'failed.png'), fullPage: true });
    assert.fail(`${page.url()} does not show “${text}” but:\n${await page.locator('main').innerText()}`);
  }
}

function date(today, days) {
  const at = new Date(`${today}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() - days);
  return at.toISOString().slice(0, 10);
}

/** Every field of a step as the form takes it: name, and what is typed or chosen. */
function entered(it, today) {
  const fields = [['occurred', date(today, it.days_ago)]];
  for (const [role, people] of Object.entries(it.people ?? {})) fields.push([`role.${role}`, people]);
  for (const [id, value] of Object.entries(it.facts ?? {})) fields.push([`fact.${id}`, value]);
  for (const party of it.introduces ?? []) {
    fields.push(['new.name', party.name]);
    for (const [id, value] of Object.entries(party.facts)) fields.push([`new.${id}`, value]);
  }
  return fields.map(([name, value]) => [name, value?.days_ago === undefined ? value : date(today, value.days_ago)]);
}

async function fill(page, it, today) {
  for (const fold of await page.locator('details.group:not([open]) > summary').all()) await fold.press('Enter');
  for (const [name, value] of entered(it, today)) await enter(page, name, value);
}

async function enter(page, name, value) {
  if (value?.kinds) {
    await enter(page, `${name}`, value.kinds);
    await page.locator(`[name="${name}.fine"]`).fill((value.fine / 100).toFixed(2));
    return;
  }
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

/** Everything from the keyboard alone: each control is reached with the Tab key and answered by keys. */
async function fillByKeyboard(page, it, today) {
  const fields = new Map(entered(it, today));
  const focused = () =>
    page.evaluate(() => {
      const it = document.activeElement;
      const isFold = it?.matches('details:not([open]) > summary') ?? false;
      return { isFold, name: it?.name ?? '', type: it?.tagName === 'BUTTON' ? (it.closest('#form') && !it.name ? 'button' : 'aside') : it?.type, value: it?.value, on: it?.checked };
    });
  for (let presses = 0; presses < 400; presses += 1) {
    await page.keyboard.press('Tab');
    const at = await focused();
    if (at.type === 'button') {
      assert.equal(fields.size, 0, `not reached by the keyboard: ${[...fields.keys()].join(', ')}`);
      const sent = await formOf(page);
      await page.keyboard.press('Enter');
      return sent;
    }
    const wanted = fields.get(at.name);
    if (at.isFold && fields.size > 0) await page.keyboard.press('Enter');
    if (wanted === undefined) continue;
    if (at.type === 'checkbox') {
      if (wanted.includes(at.value) !== at.on) await page.keyboard.press('Space');
      const boxes = await page.locator(`[name="${at.name}"]`).all();
      if ((await boxes.at(-1).getAttribute('value')) === at.value) fields.delete(at.name);
    } else if (at.type === 'radio') {
      // The first press chooses; the arrows move on to the next choice.
      await page.keyboard.press('Space');
      for (let moves = 0; (await focused()).value !== String(wanted); moves += 1) {
        assert.ok(moves < 20, `${at.name} has no choice ${wanted}`);
        await page.keyboard.press('ArrowDown');
      }
      fields.delete(at.name);
    } else {
      await page.keyboard.press('Control+A');
      await page.keyboard.type(String(wanted));
      fields.delete(at.name);
    }
  }
  assert.fail('the form was not left by the keyboard');
}

/** The form as the browser would send it: where, and each name with its value. */
const formOf = (page) =>
  page.locator('#form').evaluate((form) => ({ action: form.action, fields: [...new FormData(form).entries()] }));

async function send(page, { action, fields }) {
  const body = new URLSearchParams(fields).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return page.request.post(action, { data: body, headers, maxRedirects: 0 });
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
  const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'), submit(page)]);
  assert.equal(answer.status(), 422, 'a wrong value');
  await see(page, '请更正下列内容');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'errors', 'the summary takes the focus');
  await assertAccessible(page);
  assert.equal(await page.locator(`[name="fact.${field}"]`).inputValue(), value, 'the form comes back filled');
  await page.locator('.errors a').first().click();
}

const submit = (page) => page.locator('#form button[type=submit]').last().click();

/** The decision before anything was notified: by its address the page says why not; sent anyway it is refused. */
async function tooEarlyIsRefused(page, caseUrl, today) {
  const { event, says } = journey.too_early;
  const it = step(event);
  await page.goto(formUrl(caseUrl, it));
  await see(page, '现在还不能办理');
  const open = await page.request.get(`${staff}/cases/new`);
  assert.equal(open.status(), 200);
  // Any form of this browser carries the token; what it asks is sent to the address of the decision.
  await page.goto(formUrl(caseUrl, step(journey.too_early.after)));
  const { fields } = await formOf(page);
  const hidden = fields.filter(([name]) => ['token', 'version'].includes(name));
  const asked = [...hidden, ['key', 'too-early']];
  for (const [name, value] of entered(it, today)) {
    if (value?.kinds) asked.push([name, 'fine'], [`${name}.fine`, String(value.fine / 100)]);
    else if (Array.isArray(value)) asked.push(...value.map((one) => [name, one]));
    else asked.push([name, name === 'occurred' || name.endsWith('decision_date') ? today : String(value)]);
  }
  const answer = await send(page, { action: formUrl(caseUrl, it), fields: asked });
  assert.equal(answer.status(), 409, 'the law forbids it');
  const html = await answer.text();
  for (const text of says) assert.ok(html.includes(text), `the refusal says ${text}`);
  await page.goto(formUrl(caseUrl, it));
  await page.screenshot({ path: join(folder, 'too-early.png') });
}

/** Heavier than notified: the form comes back filled, with the reason at its head. */
async function tooHeavyIsRefused(page, it, today) {
  const { field, value, says } = journey.too_heavy;
  await fill(page, it, today);
  await enter(page, `fact.${field}`, value);
  const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'), submit(page)]);
  assert.equal(answer.status(), 409, 'the law forbids it');
  for (const text of says) await see(page, text);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'errors', 'the reason takes the focus');
  await page.screenshot({ path: join(folder, 'refused-form.png') });
}

/** The chart of the case shows what is done and what is owed, in the drawing and in words. */
async function chart(page, caseUrl) {
  await assertAccessible(page);
  await page.goto(caseUrl);
  await page.locator('a[href$="/chart"]').click();
  await see(page, '各步在本案的情况');
  const words = await page.locator('.chart-words').innerText();
  for (const text of ['已办', '应办', '现在可以办', '还没有到这一步']) assert.ok(words.includes(text), `the list says ${text}`);
  const drawn = await page.locator('.chart svg text').allTextContents();
  assert.ok(drawn.includes('现在可以办') && drawn.includes('应办'), 'and so does the drawing');
  await assertAccessible(page);
  await page.screenshot({ path: join(folder, 'case-chart.png'), fullPage: true });
}

async function pictures(page, caseUrl) {
  await page.goto(`${staff}/gallery`);
  await see(page, '部件');
  await assertAccessible(page);
  for (const [path, text, name] of [
    ['/', '今日待办', 'today'],
    ['/?whose=section', '今日待办', 'today-section'],
    ['/cases', journey.title, 'case-list'],
  ]) {
    await page.goto(staff + path);
    await see(page, text);
    await assertAccessible(page);
    await page.screenshot({ path: join(folder, `${name}.png`) });
  }
  await page.goto(`${caseUrl}/service`);
  await see(page, '送达');
  await assertAccessible(page);
  await page.screenshot({ path: join(folder, 'service.png') });
  await page.goto(`${staff}/cases`);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: join(folder, 'case-list-phone.png') });
  await fits(page, 'the list');
  await page.goto(caseUrl);
  await fits(page, 'the case page');
  await assertAccessible(page);
  await page.screenshot({ path: join(folder, 'case-page-phone.png') });
  await page.goto(`${caseUrl}/chart`);
  await fits(page, 'the chart');
  await page.goto(`${caseUrl}/service`);
  await fits(page, 'the desk of service');
  await page.screenshot({ path: join(folder, 'service-phone.png') });
  await page.goto(`${staff}/`);
  await fits(page, 'today');
  await page.setViewportSize({ width: 1366, height: 768 });
  for (const [person, path, text, name] of [
    [journey.reviewer, '/reviews', '法制审核', 'reviews'],
    [journey.leader, '/supervision', '值得再看一遍的记录', 'supervision'],
  ]) {
    await as(page, person);
    await page.goto(staff + path);
    await see(page, text);
    await assertAccessible(page);
    await page.screenshot({ path: join(folder, `${name}.png`) });
  }
}

async function fits(page, what) {
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `${what} fits a phone, not ${width} wide`);
}

async function publicSide(page) {
  await page.goto(`${portal}/`);
  await page.locator('.publications a').first().click();
  await see(page, journey.title);
  await see(page, '已校验');
  const text = await page.locator('main').innerText();
  assert.ok(!text.includes('陆清源'), 'no officer stands on the public page');
  await page.screenshot({ path: join(folder, 'portal-decision.png'), fullPage: true });
  const bundle = await page.request.get(`${page.url()}/bundle.json`);
  assert.equal(bundle.status(), 200);
  await writeFile(join(folder, 'bundle.json'), await bundle.body());
  const key = await page.request.get(`${portal}/key`);
  await writeFile(join(folder, 'log.vkey'), await key.body());
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: join(folder, 'portal-decision-phone.png') });
}

await withPage(walk, { javaScriptEnabled: false });
