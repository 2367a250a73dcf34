// The form of an act with its islands at work: what is said while somebody types, and what is found again.
//
// Usage: node form.mjs <staff-url> <folder for pictures>
// The server's record is empty.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withPage } from './browser.mjs';
import { Desk, entered, formUrl, send } from './desk.mjs';

const [staff, folder] = process.argv.slice(2);
assert.ok(staff && folder, 'usage: node form.mjs <staff-url> <folder>');

const here = dirname(fileURLToPath(import.meta.url));
const journey = JSON.parse(await readFile(join(here, 'slice.json'), 'utf8'));
const agency = JSON.parse(await readFile(resolve(here, journey.agency), 'utf8'));
const { steps } = JSON.parse(await readFile(resolve(here, journey.case), 'utf8'));
const OPENING = `${staff}/cases/new/penalty.ordinary/lead_registration`;

async function says(page, selector, text) {
  const place = page.locator(selector);
  await place.filter({ hasText: text }).waitFor({ state: 'visible', timeout: 10_000 }).catch(async () => {
    assert.fail(`${selector} does not say “${text}” but “${await place.innerText()}”`);
  });
}

async function hintsComeWhileTyping(page) {
  await page.goto(OPENING);
  await page.locator('[name="fact.discovery_date"]').fill('2026/10/10');
  await says(page, '#f-fact-discovery_date-hint', '2026-10-10(周六)，工作日（国庆节调休上班）');
  await page.locator('[name=occurred]').fill('2023-06-01');
  await says(page, '#f-occurred-hint', '2023-06-01(周四)，工作日');
  await says(page, '[data-person=p03]', '有效期至2026-06-30');
  await page.locator('details.fold > summary').first().click();
  await page.locator('[name="new.resident_id"]').fill('14040319900101001X');
  await says(page, '#f-new-resident_id-hint', '男，1990-01-01出生');
  await page.locator('[name="new.credit_code"]').fill('91140400MA0H00000F');
  await says(page, '#f-new-credit_code-hint', '第18位应当是“E”而不是“F”');
}

async function textGrows(page) {
  const area = page.locator('[name="fact.lead_content"]');
  const before = await area.evaluate((it) => it.clientHeight);
  await area.fill('一行\n'.repeat(14));
  assert.ok((await area.evaluate((it) => it.clientHeight)) > 2 * before, 'the area grows with its text');
  await area.fill('𬭎'.repeat(20_001));
  await says(page, '[name="fact.lead_content"] + output', '现在有20001个字，最多20000个字');
}

async function whatWasTypedIsFoundAgain(page) {
  await page.goto(OPENING);
  await page.locator('[name="fact.lead_content"]').fill('写到一半 <b>镕喆</b>');
  await says(page, '[data-kept]', '已自动暂存');
  // Left without a word: what was typed last is kept when the page goes out of sight.
  await page.locator('[name="new.name"]').fill('某砂石公司');
  const kept = page.waitForResponse((answer) => answer.request().method() === 'POST' && answer.status() === 204);
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await kept;
  await page.goto(OPENING);
  await page.screenshot({ path: join(folder, 'form-offer.png') });
  await page.getByRole('link', { name: '继续填写' }).click();
  assert.equal(await page.locator('[name="fact.lead_content"]').inputValue(), '写到一半 <b>镕喆</b>');
  assert.equal(await page.locator('[name="new.name"]').inputValue(), '某砂石公司');
  await page.getByRole('button', { name: '丢弃暂存的内容' }).click();
  assert.equal(await page.locator('[name="new.name"]').inputValue(), '');
  assert.equal(await page.getByText('暂存的内容，还没有记录').count(), 0);
}

/** Enter in a field looks at the form, and never records what cannot be taken back. */
async function enterRecordsNothing(page) {
  await page.goto(OPENING);
  await page.locator('[name="new.name"]').fill('某砂石公司');
  await page.locator('[name="new.name"]').press('Enter');
  await page.getByText('已核对填写的内容，没有记录').waitFor();
  assert.equal(await page.locator('[name="new.name"]').inputValue(), '某砂石公司');
  assert.ok(page.url().startsWith(OPENING));
}

async function itemsAreNarrowed(page, desk) {
  await page.goto(await proposal(page, desk));
  const select = page.locator('[name="fact.item"]');
  const visible = () => select.evaluate((it) => [...it.options].filter((option) => option.value && !option.hidden).length);
  const before = await visible();
  const find = page.locator('[name="find.fact.item"]');
  await find.fill('取水');
  const found = await visible();
  assert.ok(found > 0 && found < before, `${found} of ${before}`);
  await says(page, '[data-picker] output', `含“取水”的${found}项，共${before}项`);
  await find.fill('水');
  assert.equal(await visible(), before, 'one character narrows nothing');
  await select.selectOption('P-SF69-2');
  await says(page, '#f-fact-item-hint', '罚款幅度：罚款2万至10万元');
  await says(page, '[data-range]', '罚款2万至10万元');
  await page.locator('[name="fact.proposed_penalty.fine"]').fill('20,000');
  await says(page, '#f-fact-proposed_penalty-fine-hint', '贰万元整');
}

/** A long list of boxes in the form of a register is narrowed as well; what is ticked stays. */
async function boxesAreNarrowed(page) {
  await page.goto(`${staff}/registers/powers/new`);
  const picker = page.locator('[data-picker]', { has: page.locator('.options') }).first();
  const shown = () => picker.locator('label').evaluateAll((all) => all.filter((it) => !it.hidden).length);
  const before = await shown();
  await picker.locator('input[type=checkbox]').first().check();
  await picker.locator('input[type=search]').fill('水土保持');
  const found = await shown();
  assert.ok(found > 1 && found < before, `${found} of ${before}`);
  assert.ok(await picker.locator('input[type=checkbox]').first().isVisible(), 'what is ticked stays');
  await picker.locator('input[type=search]').fill('');
  assert.equal(await shown(), before);
}

/** The first steps of the demonstration's case, sent as its forms send them; then the form of the next one. */
async function proposal(page, desk) {
  const upTo = steps.findIndex((it) => it.facts?.item);
  let caseUrl;
  for (const it of steps.slice(0, upTo)) {
    await page.goto(caseUrl ? formUrl(caseUrl, it) : OPENING);
    const sent = await page.locator('#form').evaluate((form) => [...new FormData(form).entries()]);
    const fields = sent.filter(([name]) => ['token', 'key', 'version'].includes(name));
    const today = await page.locator('[name=occurred]').inputValue();
    for (const [name, value] of entered(it, today)) {
      for (const one of Array.isArray(value) ? value : [value]) fields.push([name, String(one)]);
    }
    const answer = await send(page, { action: page.url(), fields });
    assert.equal(answer.status(), 303, `${it.event}: ${await answer.text()}`);
    await page.goto(staff + answer.headers().location);
    caseUrl = await desk.agreed(journey.handler);
  }
  return formUrl(caseUrl, steps[upTo]);
}

await withPage(async (page) => {
  const desk = new Desk(page, { staff, folder, agency, password: journey.password });
  await desk.as(journey.handler);
  await hintsComeWhileTyping(page);
  await textGrows(page);
  await whatWasTypedIsFoundAgain(page);
  await enterRecordsNothing(page);
  await itemsAreNarrowed(page, desk);
  await boxesAreNarrowed(page);
});
