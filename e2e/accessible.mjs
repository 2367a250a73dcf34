// Whether a page can be used by everybody, as far as a program can tell: axe-core's rules.
//
// Purpose: every journey asks `assertAccessible(page)` of each page that it comes to, with or without JavaScript in it.
// Invariant: nothing serious or critical passes, and no rule is switched off here.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { withPage } from './browser.mjs';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const GRAVE = ['serious', 'critical'];

/**
 * What axe-core finds on the page as it stands: rule, impact, what it is about, and the elements with their markup.
 *
 * A journey may go without JavaScript, which axe-core needs: so the page's markup is looked at in another page, `beside`,
 * at the same address and size, with the stylesheet from the server. Without one a browser is opened for it.
 */
export async function accessibilityFindings(page, beside) {
  const viewport = page.viewportSize();
  if (beside === undefined) return withPage((fresh) => accessibilityFindings(page, fresh), { viewport });
  const url = page.url();
  const html = await page.content();
  await beside.setViewportSize(viewport);
  await beside.route(url, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }));
  await beside.goto(url);
  await beside.unroute(url);
  await beside.evaluate(source);
  const { violations, passes } = await beside.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  assert.ok(passes.length > 0, `axe-core checked nothing on ${url}`);
  return violations.map(({ id, impact, help, nodes }) => ({
    id,
    impact,
    help,
    nodes: nodes.map((node) => `${node.target.join(' ')}: ${node.html}`),
  }));
}

/** Fails when axe-core finds anything serious or critical, and says where. */
export async function assertAccessible(page, beside) {
  const grave = (await accessibilityFindings(page, beside)).filter(({ impact }) => GRAVE.includes(impact));
  const told = grave.map(({ id, impact, help, nodes }) => `${impact} ${id}: ${help}\n    ${nodes.slice(0, 5).join('\n    ')}`);
  assert.equal(grave.length, 0, `${page.url()} is not accessible:\n  ${told.join('\n  ')}`);
}
