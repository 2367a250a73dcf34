// What every journey does at a desk: somebody signs in, fills in a form, and waits for the hands of others.
//
// Purpose: the journeys say what happens in a case; how a person gets it done stands here and in keyboard.mjs.

import assert from 'node:assert/strict';
import { join } from 'node:path';

/** Somebody with a mouse. */
export const pointer = {
  press: (_, wanted) => wanted.click(),
  write: (_, wanted, text) => wanted.fill(text),
};

export class Desk {
  /**
   * `hand` is `pointer` or `keyboard`; `arrived` is told of each page that the person comes to by this desk; the names of
   * pictures begin with `pictures`.
   */
  constructor(page, { staff, folder, agency, password, hand = pointer, arrived = async () => {}, pictures = '' }) {
    Object.assign(this, { page, staff, folder, agency, password, hand, arrived, pictures });
    this.who = undefined;
  }

  /** The account of a person, or of whoever has no other name. */
  accountOf(who) {
    const { accounts } = this.agency;
    return (accounts.find((it) => it.person === who) ?? accounts.find((it) => it.id === who)).id;
  }

  /** Signs somebody in, in place of whoever is signed in. */
  async as(who) {
    if (this.who === who) return;
    await this.leave();
    const { page, hand } = this;
    await page.goto(`${this.staff}/sign-in`);
    await hand.write(page, page.locator('[name=account]'), this.accountOf(who));
    await hand.write(page, page.locator('[name=password]'), this.password);
    await this.follow(page.locator('main button[type=submit]'));
    await page.locator('form.who').waitFor();
    this.who = who;
    await this.arrived();
  }

  /** Signs out whoever is signed in. */
  async leave() {
    if (this.who === undefined) return;
    const button = this.page.locator('form.who button');
    if ((await button.count()) === 0) await this.page.goto(`${this.staff}/account`);
    await this.follow(button);
    assert.equal(await this.page.locator('form.who').count(), 0, 'signed out');
    this.who = undefined;
  }

  /** Follows a link or presses a button, and waits for the page that it leads to. */
  async follow(wanted) {
    await Promise.all([this.page.waitForEvent('framenavigated'), this.hand.press(this.page, wanted)]);
    await this.page.waitForLoadState();
  }

  async see(text) {
    try {
      await this.page.getByText(text).first().waitFor({ state: 'visible', timeout: 10_000 });
    } catch {
      await this.fails(`does not show “${text}”`);
    }
  }

  /** What the page focuses by itself has the focus, as soon as the page is drawn. */
  async focuses(id, what) {
    try {
      await this.page.locator(`#${id}:focus`).waitFor({ state: 'visible', timeout: 10_000 });
    } catch {
      await this.fails(`does not give #${id} the focus (${what})`);
    }
  }

  async fails(what) {
    await this.shot('failed', { fullPage: true });
    assert.fail(`${this.page.url()} ${what}, but:\n${await this.page.locator('main').innerText()}`);
  }

  shot(name, options) {
    return this.page.screenshot({ path: join(this.folder, `${this.pictures}${name}.png`), ...options });
  }

  /** Presses the button that records what the form says. */
  record() {
    return this.follow(this.page.locator('#form button[type=submit]:not([name])').last());
  }

  /**
   * What bears the names of others waits for each of them: they sign in one after the other and agree. Answers the page
   * of the case. `pictured` is told of what waits, before the first of them agrees.
   */
  async agreed(recorder, pictured = async () => {}) {
    const { page } = this;
    for (let hands = 0; new URL(page.url()).pathname.startsWith('/pending/'); hands += 1) {
      assert.ok(hands < 8, 'so many hands');
      const { pathname } = new URL(page.url());
      await this.arrived();
      const missing = /待(.+?)签批/.exec(await page.locator('.sub').innerText())[1].split('、')[0];
      await this.as(this.agency.people.find((it) => it.name === missing).id);
      await this.follow(page.locator('header nav a[href="/pending"]'));
      await this.arrived();
      await this.follow(page.locator(`main a[href="${pathname}"]`).first());
      await this.arrived();
      if (hands === 0) await pictured();
      await this.follow(page.locator('main form:has(input[value=agree]) button'));
    }
    if (!page.url().includes('recorded=')) await this.fails('was not recorded');
    await this.see('已记录');
    await this.arrived();
    const shown = page.url().split('?')[0];
    await this.as(recorder);
    return shown;
  }

  /** Nothing of the page lies beside a screen of this width. */
  async fits(width) {
    const { scrollWidth, wide } = await this.page.evaluate((most) => {
      const { scrollWidth } = document.documentElement;
      const beyond = (it) => scrollWidth > most && it.getBoundingClientRect().right > most;
      return { scrollWidth, wide: [...document.querySelectorAll('main *')].filter(beyond).slice(0, 3).map((it) => it.outerHTML.slice(0, 200)) };
    }, width);
    assert.ok(scrollWidth <= width, `${this.page.url()} is ${scrollWidth} wide on a screen of ${width}:\n${wide.join('\n')}`);
  }
}

/** Who types a step in: the first of the handlers, else the first who takes part. */
export const typist = (it, handler) => it.by ?? it.people?.handler?.[0] ?? Object.values(it.people ?? {})[0]?.[0] ?? handler;

export const formUrl = (caseUrl, it) => `${caseUrl}/acts/${it.event}${it.number ? `?subject=${it.number}` : ''}`;

/** The day so many days before another one. */
export function daysBefore(day, days) {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() - days);
  return at.toISOString().slice(0, 10);
}

/** Every field of a step as the form takes it: name, and what is typed or chosen. */
export function entered(it, today) {
  const day = (value) => (value?.days_ago === undefined ? value : daysBefore(today, value.days_ago));
  const fields = [['occurred', it.days_ago === undefined ? it.on : daysBefore(today, it.days_ago)]];
  const add = (name, value) => {
    if (value?.kinds) fields.push([name, value.kinds], [`${name}.fine`, (value.fine / 100).toFixed(2)]);
    else fields.push([name, day(value)]);
  };
  for (const [role, people] of Object.entries(it.people ?? {})) add(`role.${role}`, people);
  for (const [id, value] of Object.entries(it.facts ?? {})) add(`fact.${id}`, value);
  for (const party of it.introduces ?? []) {
    add('new.name', party.name);
    for (const [id, value] of Object.entries(party.facts)) add(`new.${id}`, value);
  }
  for (const [rule, reason] of Object.entries(it.reasons ?? {})) add(`reason.${rule}`, reason);
  if (it.on_paper) add('on_paper', ['yes']);
  return fields;
}

/** The form as the browser would send it: where, and each name with its value. */
export const formOf = (page) =>
  page.locator('#form').evaluate((form) => ({ action: form.action, fields: [...new FormData(form).entries()] }));

/** Sends a form as a browser would, without one. */
export function send(page, { action, fields }) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return page.request.post(action, { data: new URLSearchParams(fields).toString(), headers, maxRedirects: 0 });
}
