// A case that does not go smoothly, from lead to archive, by people who have the keyboard alone.
//
// Usage: node rough.mjs <staff-url> <portal-url> <folder for pictures> <file that moves the date of the server>
// The party refuses to sign, is not there, and gives the hearing up; the legal review sends the case back; an approval
// is signed on paper. Everybody signs in as themselves, on the day on which it happens. JavaScript is off. What is done
// and said stands in rough.json; only how a person finds it, and what must be seen on the way, stands here.

import assert from 'node:assert/strict';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertAccessible } from './accessible.mjs';
import { withPage } from './browser.mjs';
import { Desk, entered, formUrl, typist } from './desk.mjs';
import { fillByKeyboard, keyboard } from './keyboard.mjs';

const [staff, portal, folder, dateFile] = process.argv.slice(2);
assert.ok(staff && portal && folder && dateFile, 'usage: node rough.mjs <staff-url> <portal-url> <folder> <date-file>');
const here = dirname(fileURLToPath(import.meta.url));
const journey = JSON.parse(await readFile(join(here, 'rough.json'), 'utf8'));
const agency = JSON.parse(await readFile(resolve(here, journey.agency), 'utf8'));
/** A folder for pictures of every page, for whoever wants to look at all of them. */
const everyPage = process.env.MINGQU_EVERY_PAGE;
const PHONE = { width: 390, height: 844 };
const OFFICE = { width: 1366, height: 768 };

/** From now on the server reads this date, nine in the morning. */
async function setDate(day) {
  const moved = BigInt(Date.parse(`${day}T09:00:00+08:00`) - Date.now()) * 1_000_000n;
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(moved);
  // In one piece: the server has this very file in its memory.
  const file = await open(dateFile, 'r+');
  await file.write(bytes, 0, 8, 0);
  await file.close();
}

class Journey {
  constructor(page, beside) {
    Object.assign(this, { page, beside, looked: new Set(), caseUrl: undefined });
    this.desk = new Desk(page, { staff, folder, agency, password: journey.password, hand: keyboard, arrived: () => this.look() });
  }

  /** Each kind of page is looked at once, and each state that is named: with axe-core, in the office and on a phone. */
  async look(state = '') {
    const { page, desk } = this;
    const { pathname, search } = new URL(page.url());
    const kind = pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, 'id') + (search.startsWith('?recorded') ? '-recorded' : '') + state;
    if (this.looked.has(kind)) return;
    this.looked.add(kind);
    await assertAccessible(page, this.beside);
    await desk.fits(OFFICE.width);
    const name = `${String(this.looked.size).padStart(2, '0')}${kind.replaceAll(/[/:.]/g, '-')}`;
    if (everyPage) await page.screenshot({ path: join(everyPage, `${name}.png`), fullPage: true });
    await page.setViewportSize(PHONE);
    await desk.fits(PHONE.width);
    if (everyPage) await page.screenshot({ path: join(everyPage, `${name}-phone.png`), fullPage: true });
    await page.setViewportSize(OFFICE);
  }

  async follow(link) {
    await this.desk.follow(link);
    await this.look();
  }

  /** To the page of the case, by the list of cases. */
  async toCase() {
    await this.follow(this.page.locator('header nav a[href="/cases"]'));
    await this.follow(this.page.locator(`main a[href="${new URL(this.caseUrl).pathname}"]`).first());
  }

  /** To the form of a step: from the list of today where it stands there, else from the page of the case. */
  async toForm(it) {
    const { page } = this;
    if (this.caseUrl === undefined) {
      await this.follow(page.locator('header nav a[href="/cases"]'));
      await this.follow(page.locator('main a[href="/cases/new"]').first());
      return this.follow(page.locator(`main a[href$="/${it.event}"]`).first());
    }
    if (it.way) return this.byServiceDesk(it);
    const { pathname, search } = new URL(formUrl(this.caseUrl, it));
    const link = page.locator(`main a[href="${pathname}${search}"]`).first();
    await this.follow(page.locator('header a.brand'));
    if ((await link.count()) === 0) await this.toCase();
    if ((await link.count()) === 0) await this.desk.fails(`does not lead to ${pathname}${search}`);
    return this.follow(link);
  }

  /** Three taps: the desk of service, what happened, record. */
  async byServiceDesk(it) {
    await this.toCase();
    await this.follow(this.page.getByRole('link', { name: '送达台' }));
    if (it.picture_desk) await this.picture(it.picture_desk);
    await this.follow(this.page.getByRole('link', { name: it.way, exact: true }).first());
    await this.desk.see('已填好');
  }

  picture(name, options) {
    return this.desk.shot(name, options);
  }

  /** A picture of the page as a phone shows it. */
  async phonePicture(name) {
    await this.page.setViewportSize(PHONE);
    await this.picture(name);
    await this.page.setViewportSize(OFFICE);
  }

  /** A paper or a photo, as a file of an image. */
  async paper({ name, title, lines }) {
    const path = join(folder, 'papers', name);
    await this.beside.setViewportSize({ width: 640, height: 480 });
    await this.beside.setContent(
      `<body style="margin:0;padding:48px;font:22px/1.9 'Noto Sans CJK SC';background:#fbfaf6"><h1 style="font-size:30px;text-align:center">${title}</h1>${lines.map((line) => `<p style="margin:0">${line}</p>`).join('')}</body>`,
    );
    await this.beside.screenshot({ path });
    return path;
  }

  async files(it) {
    const papers = new Map();
    for (const file of it.files ?? []) {
      papers.set(file.field, [...(papers.get(file.field) ?? []), await this.paper(file)]);
    }
    return [...papers];
  }

  /** The button has the focus: it records what the form says. Answers the status of the answer. */
  async record() {
    const { page } = this;
    const isAnswer = (answer) => answer.request().method() === 'POST' && answer.request().isNavigationRequest();
    const [answer] = await Promise.all([page.waitForResponse(isAnswer), page.waitForEvent('framenavigated'), page.keyboard.press('Enter')]);
    await page.waitForLoadState();
    return answer.status();
  }

  /** What is wrong is told at the head, which takes the focus, and the form comes back as it was filled. */
  async comesBack(status, it, { answered, says, keeps }) {
    assert.equal(status, answered, `${it.event} is refused`);
    await this.desk.see(says);
    await this.desk.focuses('errors', 'the summary takes the focus');
    if (keeps) assert.equal(await this.page.locator(`[name="${keeps}"]`).first().isChecked(), true, `${keeps} stays as it was`);
    await this.look(`-${answered}`);
  }

  async step(it) {
    const { page, desk } = this;
    const by = typist(it, journey.handler);
    await desk.as(by);
    if (it.picture_today) await this.picture(it.picture_today);
    await this.toForm(it);
    for (const text of it.sees ?? []) await desk.see(text);
    for (const [mark, text] of Object.entries(it.sees_changed ?? {})) {
      assert.ok((await page.locator(mark, { hasText: text }).count()) > 0, `the reviewer sees ${mark} ${text}`);
    }
    if (it.picture_opened) await this.picture(it.picture_opened);
    for (const wrong of it.refused ?? []) {
      await fillByKeyboard(page, entered({ ...it, facts: { ...it.facts, ...wrong.facts } }, it.on));
      await this.comesBack(await this.record(), it, wrong);
      if (wrong.picture) await this.picture(wrong.picture);
    }
    await fillByKeyboard(page, entered(it, it.on), await this.files(it));
    if (it.picture_filled) await this.picture(it.picture_filled, it.whole ? { fullPage: true } : {});
    if (it.picture_phone) await this.phonePicture(it.picture_phone);
    await this.record();
    const shown = await desk.agreed(by, () => it.picture_pending && this.picture(it.picture_pending));
    this.caseUrl ??= shown;
    assert.equal(shown, this.caseUrl, 'the act is shown on the page of its case');
    if (it.picture_after) await this.afterwards(it);
  }

  async afterwards(it) {
    await this.toCase();
    await this.look(`-${it.picture_after}`);
    await this.picture(it.picture_after);
    await this.phonePicture(`${it.picture_after}-phone`);
    for (const text of it.then ?? []) await this.desk.see(text);
  }

  async walk() {
    let today;
    for (const it of journey.steps) {
      if (it.on !== today) {
        await this.desk.leave();
        await setDate(it.on);
        today = it.on;
      }
      await this.step(it);
      const looks = journey.looks.filter((look) => look.after === it.event && look.on === it.on);
      for (const look of looks) await this.lookIn(look);
    }
    await this.toCase();
    const entries = await this.page.locator('.timeline > li').count();
    assert.equal(entries, journey.steps.length, 'every act once');
    await this.publicSide();
  }

  /** What everybody sees of it. */
  async publicSide() {
    const { page, desk } = this;
    await page.goto(`${portal}/`);
    await this.look('-portal');
    await this.follow(page.locator('.publications a').first());
    for (const text of [journey.title, journey.party, '已校验']) await desk.see(text);
    const said = await page.locator('main').innerText();
    for (const { name } of agency.people) assert.ok(!said.includes(name), `${name} does not stand on the public page`);
    await this.picture('portal-decision', { fullPage: true });
  }

  /** Somebody who has no part in the case looks in. */
  async lookIn({ who, path, sees, is_denied: isDenied, picture }) {
    const { page, desk } = this;
    await desk.as(who);
    if (path === 'case' || path.startsWith('case/')) {
      // Typed into the line of the address: whoever may not see it is shown no link.
      const answer = await page.goto(path.replace('case', this.caseUrl));
      assert.equal(answer.status(), isDenied ? 403 : 200);
    } else {
      await this.follow(page.locator(`header nav a[href="${path}"]`));
    }
    await this.look(isDenied ? '-denied' : `-${who}`);
    for (const text of sees) await desk.see(text);
    if (picture) await this.picture(picture);
  }
}

/** With its islands at work a form is filled by the keyboard all the same, and says as much to axe-core. */
async function withIslands(page) {
  const scripted = new Journey(page, page);
  const { desk } = scripted;
  for (const it of journey.with_islands) {
    await desk.as(typist(it, journey.handler));
    if (scripted.caseUrl === undefined) await page.goto(`${staff}/cases/new/penalty.ordinary/${it.event}`);
    else await page.goto(formUrl(scripted.caseUrl, it));
    await assertAccessible(page);
    await fillByKeyboard(page, entered(it, it.on));
    await assertAccessible(page);
    await scripted.record();
    scripted.caseUrl ??= await desk.agreed(typist(it, journey.handler));
  }
}

await mkdir(join(folder, 'papers'), { recursive: true });
await setDate(journey.steps[0].on);
await withPage(async (beside) => {
  await withPage((page) => new Journey(page, beside).walk(), { javaScriptEnabled: false });
});
await withPage(withIslands);
