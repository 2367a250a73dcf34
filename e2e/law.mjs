// A change of the law by the policy section: a hearing threshold from a day on, tried on the cases in hand, reviewed and
// approved by others; a notice given the day before is judged by the old one, a notice of that day by the new one.
//
// Usage: node law.mjs <staff-url> <folder for pictures> <case id>
// The case has two parties, each with an approved proposal of a fine between the two thresholds. JavaScript is off.

import assert from 'node:assert/strict';
import { assertAccessible } from './accessible.mjs';
import { withPage } from './browser.mjs';
import { Desk } from './desk.mjs';

const [staff, folder, caseId] = process.argv.slice(2);
assert.ok(staff && folder && caseId, 'usage: node law.mjs <staff-url> <folder> <case id>');
const PASSWORD = 'mingqu-yanshi';
const accounts = ['peitl', 'weizw', 'zhanhj', 'luqy'].map((id) => ({ id, person: id }));
const ROW = '/registers/settings/hearing_fine_org';

async function walk(page) {
  const desk = new Desk(page, { staff, folder, agency: { accounts }, password: PASSWORD, pictures: 'law-' });
  await desk.as('peitl');
  const today = (await page.locator('.demonstration form strong').innerText()).slice(0, 10);
  const tomorrow = new Date(Date.parse(`${today}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

  // What changes, from which day, on which ground.
  await page.goto(`${staff}${ROW}/draft`);
  await page.fill('[name="c.value"]', '50000');
  await page.check('[name="c.is_confirmed"]');
  await page.fill('[name="c.text"]', '听证程序办法第五条：对法人或者其他组织处以五万元以上罚款的，告知听证权。');
  await page.fill('[name="effective_from"]', tomorrow);
  await page.fill('[name="reason"]', '听证的数额起点调低');
  await assertAccessible(page);
  await desk.shot('draft');
  await desk.follow(page.locator('main form button[type=submit]').last());
  const draft = page.url().split('?')[0];
  assert.match(new URL(draft).pathname, /^\/registers\/settings\/drafts\/\d+$/, 'it is drafted, and holds nothing yet');

  // Beforehand: what it would change for the cases in hand.
  await page.goto(`${draft}?try=1#trial`);
  await desk.see('对在办案件的影响');
  const tried = page.locator('#trial');
  const ours = tried.locator(`h3:has(a[href="/cases/${caseId}"]) + ul`);
  assert.equal(await ours.count(), 1, `the case is named beforehand:\n${await tried.innerText()}`);
  assert.match(await ours.innerText(), /听证/, 'and what would come of it');
  await desk.shot('trial', { fullPage: true });

  // Whoever drafted it neither reviews nor approves it; the other legal reviewer lets it pass, the head approves.
  assert.equal(await page.locator('button[name=ruling]').count(), 0, 'not by the one who drafted it');
  await desk.see('由法制审核人员');
  await desk.as('weizw');
  await page.goto(draft);
  await assertAccessible(page);
  await desk.shot('review', { fullPage: true });
  await desk.follow(page.locator('button[value=pass]'));
  await desk.as('zhanhj');
  await page.goto(draft);
  await desk.see('审核通过');
  await desk.shot('approval', { fullPage: true });
  await desk.follow(page.locator('button[value=approve]'));
  await page.goto(`${staff}${ROW}`);
  await desk.see(tomorrow);

  // The day before: the old threshold holds, the notice needs no hearing.
  await desk.as('luqy');
  await notice(page, 1, { hearing: false });
  await desk.record();
  if (!page.url().includes('recorded=')) await desk.fails('was not recorded');
  await desk.shot('before', { fullPage: true });

  // The day from which it holds: the same notice is refused, with the statute, and recorded once the right is told.
  await desk.follow(page.locator('.demonstration button[value=day]'));
  await notice(page, 2, { hearing: false });
  await desk.record();
  await desk.see('依法现在不能办理');
  const refusal = await page.locator('#errors').innerText();
  assert.match(refusal, /听证/);
  assert.match(refusal, /行政处罚法》第六十三条/, refusal);
  assert.match(refusal, /单位听证罚款起点（¥50,000\.00/, 'the value that holds');
  assert.doesNotMatch(refusal, /单位听证罚款起点（¥80,000/, 'and not the one that was shipped');
  await desk.shot('refused', { fullPage: true });
  await page.check('[name="fact.notified_hearing_right"][value=true]');
  await desk.record();
  if (!page.url().includes('recorded=')) await desk.fails('was not recorded');
  await desk.shot('after', { fullPage: true });
}

async function notice(page, party, { hearing }) {
  await page.goto(`${staff}/cases/${caseId}/acts/prior_notification?subject=${party}`);
  const today = (await page.locator('.demonstration form strong').innerText()).slice(0, 10);
  await page.fill('[name="occurred"]', today);
  for (const officer of ['p01', 'p02']) await page.check(`[name="role.handler"][value=${officer}]`);
  await page.check('[name="fact.notified_penalty"][value=fine]');
  await page.fill('[name="fact.notified_penalty.fine"]', '60000.00');
  for (const said of ['notified_grounds', 'notified_defense_right']) await page.check(`[name="fact.${said}"][value=true]`);
  await page.check(`[name="fact.notified_hearing_right"][value=${hearing}]`);
  await page.check('[name="fact.heavier_cause"][value=not_heavier]');
}

await withPage(walk, { javaScriptEnabled: false });
