// The registers by the keyboard alone: an item of the list of inspections is drafted, reviewed and approved; objects and
// officers are drawn for it under the eyes of somebody else; and the inspection is opened out of what was drawn.
//
// Usage: node registers.mjs <staff-url> <folder for pictures>
// The record is that of the demonstration. JavaScript is off; nothing here clicks.

import assert from 'node:assert/strict';
import { assertAccessible } from './accessible.mjs';
import { withPage } from './browser.mjs';
import { Desk } from './desk.mjs';
import { fillByKeyboard, keyboard } from './keyboard.mjs';

const [staff, folder] = process.argv.slice(2);
assert.ok(staff && folder, 'usage: node registers.mjs <staff-url> <folder>');
const PASSWORD = 'mingqu-yanshi';
const accounts = ['peitl', 'weizw', 'zhanhj', 'luqy'].map((id) => ({ id, person: id }));
const ITEM = '取水计量设施检查';

async function walk(page) {
  const desk = new Desk(page, { staff, folder, agency: { accounts }, password: PASSWORD, pictures: 'registers-', hand: keyboard });
  const link = (text) => page.locator('main a', { hasText: text }).first();
  const button = (value) => page.locator(`main button[value="${value}"]`);
  const field = (name) => page.locator(`main [name="${name}"]`);
  const write = (name, text) => keyboard.write(page, field(name), text);
  const register = async (name) => {
    await desk.follow(page.locator('header nav a[href="/registers"]'));
    await desk.follow(link(name));
  };

  // Drafted by one.
  await desk.as('peitl');
  await register('随机抽查事项清单');
  await desk.follow(link('起草新增'));
  const cells = {
    'c.name': ITEM,
    'c.entity': '漳河市水利局',
    'c.basis': '《取水许可和水资源费征收管理条例》第四十三条',
    'c.object': '取水单位和个人',
    'c.content': '计量设施是否安装、是否正常运行',
    'c.ratio': '10%',
    'c.way': '现场检查',
    'c.frequency': '每年1次',
    'c.cap': '1',
    'c.published_on': '2026-01-15',
    reason: '2026年度抽查计划',
  };
  for (const [name, text] of Object.entries(cells)) await write(name, text);
  await assertAccessible(page);
  await desk.follow(page.locator('main form button[type=submit]').last());
  const draft = new URL(page.url()).pathname;
  assert.match(draft, /^\/registers\/inspection_items\/drafts\/\d+$/, await page.locator('main').innerText());

  // Reviewed by another and approved by a third, each out of what waits for them.
  for (const [who, ruling] of [['weizw', 'pass'], ['zhanhj', 'approve']]) {
    await desk.as(who);
    await desk.follow(page.locator('header nav a[href="/pending"]'));
    await desk.follow(page.locator(`main a[href="${draft}"]`).first());
    await desk.follow(button(ruling));
  }

  // The pools are looked at, and fixed.
  await desk.as('luqy');
  await register('抽取记录');
  await desk.follow(link('准备抽取'));
  await keyboard.pick(page, field('item'), ITEM);
  await keyboard.pick(page, field('from'), 'sites:well');
  await write('count', '2');
  await desk.follow(button('look'));
  await desk.see('两个库');
  await assertAccessible(page);
  await desk.fits(1366);
  await desk.shot('pools', { fullPage: true });
  await desk.follow(button('prepare'));
  await desk.see('等待抽取监督人');
  const prepared = new URL(page.url()).pathname;
  assert.equal(await field('said').count(), 0, 'not by whoever prepared it');

  // A number is said, and it is drawn.
  await desk.as('peitl');
  await desk.follow(page.locator('header nav a[href="/pending"]'));
  await desk.follow(page.locator(`main a[href="${prepared}"]`).first());
  await assertAccessible(page);
  await write('said', '20261130');
  await desk.follow(button('draw'));
  await desk.see('刚刚复算过，结果一致');
  await assertAccessible(page);
  await page.setViewportSize({ width: 390, height: 800 });
  await desk.fits(390);
  await page.setViewportSize({ width: 1366, height: 768 });
  await desk.shot('drawn', { fullPage: true });
  const batch = page.url();

  // What was drawn stands in the form that opens the inspection.
  await desk.as('luqy');
  await page.goto(batch);
  await desk.follow(link('登记检查任务'));
  assert.equal(await field('fact.draw_code').inputValue(), `${batch.split('/').pop()}-001`);
  assert.equal(await field('fact.listed_item').inputValue(), ITEM);
  assert.ok(await page.locator('[name="fact.inspection_kind"][value=random]').isChecked(), 'a random inspection');
  assert.notEqual(await field('new.name').inputValue(), '', 'whose the well is');
  assert.notEqual(await field('fact.site').inputValue(), '', 'which well');
  await fillByKeyboard(page, [
    ['role.handler', ['p01']],
    ['fact.inspection_item', 'water_use'],
    ['fact.inspection_reason', '年度双随机抽查'],
    ['fact.inspects_enterprise', 'true'],
    ['fact.is_emergency', 'false'],
    ['fact.own_jurisdiction', 'true'],
    ['fact.is_delegated', 'false'],
    ['fact.inspection_plan', '2026年度水行政检查计划'],
  ]);
  await Promise.all([page.waitForEvent('framenavigated'), page.keyboard.press('Enter')]);
  await page.waitForLoadState();
  if (!page.url().includes('recorded=')) await desk.fails('was not recorded');
  const opened = new URL(page.url()).pathname;

  // And the batch knows its case.
  await page.goto(batch);
  assert.equal(await page.locator(`main a[href="${opened}"]`).count(), 1, 'the case stands beside what was drawn');
  await desk.shot('batch', { fullPage: true });
}

await withPage(walk, { javaScriptEnabled: false });
