// A disclosed decision names the wrong party: what was recorded is read, and the publication corrected by whoever releases.
//
// Usage: node correction.mjs <staff-url> <portal-url> <folder> <case> read
//        node correction.mjs <staff-url> <portal-url> <folder> <case> correct <old name> <new name>
// `read` writes entry.json: when the entry that the case began with occurred. JavaScript is off.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertAccessible } from './accessible.mjs';
import { withPage } from './browser.mjs';
import { Desk } from './desk.mjs';

const [staff, portal, folder, caseId, what, oldName, newName] = process.argv.slice(2);
assert.ok(staff && portal && folder && caseId && what, 'usage: see the head of this file');
const bureau = resolve(dirname(fileURLToPath(import.meta.url)), '../crates/mingqu/assets/demo/bureau.json');
const agency = JSON.parse(await readFile(bureau, 'utf8'));
const caseUrl = `${staff}/cases/${caseId}`;
const NOTE = '当事人名称录入错误，已经更正';
const HIDDEN = '最大取水能力每小时50立方米';

async function walk(page) {
  const desk = new Desk(page, { staff, folder, agency, password: 'mingqu-yanshi', pictures: 'correction-' });
  await desk.as('p08');
  await page.goto(caseUrl);
  if (what === 'read') {
    const first = page.locator('.timeline > li', { hasText: '案源登记' }).first();
    const [, day, time] = /发生 (\d{4}-\d{2}-\d{2})\S*( \d{2}:\d{2})?/.exec(await first.locator('.times').textContent());
    const occurred = time === undefined ? day : `${day}T${time.trim()}`;
    await writeFile(join(folder, 'entry.json'), JSON.stringify({ occurred }));
    return;
  }
  await desk.see(newName);
  // What may be done and is not owed stands behind a fold.
  const form = await page.locator('a[href*="/acts/disclosure_correction"]').first().getAttribute('href');
  await page.goto(staff + form);
  await page.locator('[name="fact.correction_note:penalty_disclosure"]').fill(NOTE);
  // What the reviewer says besides stands behind a fold.
  for (const fold of await page.locator('details.group:not([open]) > summary').all()) await fold.press('Enter');
  await page.locator('[name="fact.hidden_words:penalty_disclosure"]').fill(`${HIDDEN}\n一眼取水井`);
  for (const name of ['secrecy_passed', 'redaction_passed']) await page.locator(`[name="fact.${name}:penalty_disclosure"][value="true"]`).check();
  await assertAccessible(page);
  await desk.record();
  await desk.agreed('p08');
  await desk.leave();

  await page.goto(`${portal}/publications?q=${encodeURIComponent(oldName)}`);
  await desk.see('没有找到');
  await page.goto(`${portal}/publications?q=${encodeURIComponent(newName)}`);
  await desk.follow(page.locator('.publications a').first());
  await desk.see('更正记录');
  await desk.see(NOTE);
  await assertAccessible(page);
  await desk.shot('decision', { fullPage: true });
  const shown = page.url();
  const text = await page.locator('body').innerText();
  for (const gone of [oldName, HIDDEN, '一眼取水井']) assert.ok(!text.includes(gone), `${gone} is gone`);
  await desk.follow(page.locator('.proof a[href$="/verify"]'));
  await desk.see('五步全部通过');
  const link = page.locator('.downloads a[href$="/bundle.json"]');
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  await download.saveAs(join(folder, 'corrected.json'));
  assert.ok(shown.startsWith(portal));
}

await withPage(walk, { javaScriptEnabled: false });
