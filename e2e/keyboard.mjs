// Somebody who has the keyboard alone: Tab, Shift+Tab, Space, Enter, the arrows and the letters.
//
// Purpose: a journey that goes this way shows that nothing needs a mouse and nothing holds the focus for ever.
// Invariant: nothing here clicks, and no element is given the focus by a program. Only the file of a file field is put
// there directly: no test can work the system's window for choosing files.

import assert from 'node:assert/strict';

const PRESSES_MAX = 900;

/** Comes to an element from wherever the focus is, opening on the way the folds that it lies in. */
export async function reach(page, wanted) {
  for (let folds = 0; folds < 8; folds += 1) {
    const closed = wanted.locator('xpath=ancestor::details[not(@open)]').first();
    if ((await closed.count()) === 0) return tabTo(page, wanted);
    await tabTo(page, closed.locator('> summary'));
    await page.keyboard.press('Enter');
  }
  return assert.fail('a fold does not open');
}

async function tabTo(page, wanted) {
  const handle = await wanted.elementHandle();
  // Where it lies from the focus: 0 here, 1 further on, -1 before.
  const way = () =>
    handle.evaluate((it) => {
      const at = document.activeElement;
      if (at === it) return 0;
      return at !== document.body && at.compareDocumentPosition(it) & Node.DOCUMENT_POSITION_PRECEDING ? -1 : 1;
    });
  for (let presses = 0; presses < PRESSES_MAX; presses += 1) {
    const next = await way();
    if (next === 0) return;
    await page.keyboard.press(next > 0 ? 'Tab' : 'Shift+Tab');
  }
  assert.fail(`${page.url()}: the keyboard does not come to ${await handle.evaluate((it) => it.outerHTML)}`);
}

export const keyboard = {
  /** Follows a link or presses a button. */
  async press(page, wanted) {
    await reach(page, wanted);
    await page.keyboard.press('Enter');
  },
  /** Chooses in a list by its value. */
  async pick(page, wanted, value) {
    await reach(page, wanted);
    await page.keyboard.press('Home');
    const count = await wanted.locator('option').count();
    for (let moves = 0; (await wanted.inputValue()) !== value; moves += 1) {
      assert.ok(moves <= count, `there is no choice ${value}`);
      await page.keyboard.press('ArrowDown');
    }
  },
  /** Types in place of what stands in a field. */
  async write(page, wanted, text) {
    await reach(page, wanted);
    await page.keyboard.press('Control+A');
    await page.keyboard.type(text);
  },
};

/**
 * Fills the form of an act in the order in which Tab comes to its fields, and stops at the button that records it.
 *
 * `fields` are pairs of name and what is typed or chosen; `files` are pairs of name and paths.
 */
export async function fillByKeyboard(page, fields, files = []) {
  const wanted = new Map(fields);
  const papers = new Map(files);
  for (let presses = 0; presses < PRESSES_MAX; presses += 1) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    if (at.kind === 'record') {
      const left = [...wanted.keys(), ...papers.keys()];
      assert.equal(left.length, 0, `${page.url()}: not reached by the keyboard: ${left.join(', ')}`);
      return;
    }
    if (at.kind === 'fold' && wanted.size > 0) await page.keyboard.press('Enter');
    if (papers.has(at.name)) {
      await page.locator(`input[type=file][name="${at.name}"]`).setInputFiles(papers.get(at.name));
      papers.delete(at.name);
    }
    if (!wanted.has(at.name)) continue;
    const value = wanted.get(at.name);
    if (await answer(page, at, value)) wanted.delete(at.name);
  }
  assert.fail(`${page.url()}: the form was not left by the keyboard`);
}

/** What the focus is on. */
const focused = (page) =>
  page.evaluate(() => {
    const it = document.activeElement;
    const isRecord = it.matches('#form button[type=submit]:not([name])');
    const isFold = it.matches('#form details:not([open]) > summary');
    return {
      kind: isRecord ? 'record' : isFold ? 'fold' : it.closest('#form') ? it.type : 'aside',
      name: it.closest('#form') ? (it.name ?? '') : '',
      value: it.value,
      isChosen: it.checked,
      isLast: it === [...document.querySelectorAll(`[name="${it.name}"]`)].at(-1),
    };
  });

/** Answers the field that has the focus. Whether it is answered: a box is one of several. */
async function answer(page, at, value) {
  if (at.kind === 'checkbox') {
    if (value.includes(at.value) !== at.isChosen) await page.keyboard.press('Space');
    return at.isLast;
  }
  if (at.kind === 'radio') {
    // The first press chooses; the arrows move on to the next choice.
    await page.keyboard.press('Space');
    await choose(page, at, value);
  } else if (at.kind === 'select-one') {
    await page.keyboard.press('Home');
    await choose(page, at, value);
  } else {
    await page.keyboard.press('Control+A');
    await page.keyboard.type(String(value));
  }
  return true;
}

async function choose(page, at, value) {
  const count = await page.evaluate(({ name }) => {
    const it = document.activeElement;
    return it.options?.length ?? document.querySelectorAll(`[name="${name}"]`).length;
  }, at);
  for (let moves = 0; (await focused(page)).value !== String(value); moves += 1) {
    assert.ok(moves <= count, `${at.name} has no choice ${value}`);
    await page.keyboard.press('ArrowDown');
  }
}
