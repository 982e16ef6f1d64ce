'use strict';

// The page of `examples/web-engine`, as a person uses it.

const assert = require('node:assert');
const { join } = require('node:path');

const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

async function opened(browser, size = SIZES.desktop) {
  const page = await browser.page('/pages/silent.html');
  await page.setViewportSize(size);
  await page.goto(`${browser.site.same}/example/index.html`);
  await page.waitForSelector('html[data-ready]');
  return page;
}

async function call(page, plugin, method, args) {
  await page.selectOption('#plugin', plugin);
  await page.selectOption('#method', method);
  if (args) await page.fill('#args', args);
  const before = await page.locator('#log li:not(.event)').count();
  await page.click('#call button');
  await page.waitForFunction((count) => document.querySelectorAll('#log li:not(.event)').length > count, before);
  return page.locator('#log li:not(.event)').first().innerText();
}

module.exports = ({ example, screenshots }) => (example ? [
  {
    name: 'a-person-calls-every-plugin',
    async run(browser) {
      const page = await opened(browser);
      assert.strictEqual(await page.locator('#plugins li.ready').count(), 3);
      assert.strictEqual(await call(page, 'clock', 'weekday'), 'clock.weekday("2024-02-29") = "Thursday"');
      assert.strictEqual(await call(page, 'clock', 'weekday', '["never"]'), 'clock.weekday("never") = null');
      assert.strictEqual(await call(page, 'worker', 'add'), 'worker.add(3, 4) = 7');
      assert.strictEqual(await call(page, 'frame', 'fail'), 'frame.fail("it was to be") failed: it was to be');
      assert.match(await call(page, 'frame', 'callOther'), /= "20\d\d-.*Z"$/);
      assert.match(await call(page, 'frame', 'echo', '[1'), /failed: EOF while parsing/);
      const frame = page.frameLocator('iframe');
      assert.match(await frame.locator('#calls li').first().innerText(), /^manager: callOther\["clock","now"\] ok$/);
      assert.match(await frame.locator('#state').innerText(), /calls it frame/);
      assert.deepStrictEqual(page.exceptions, []);
    },
  },
  {
    name: 'a-person-ends-and-begins-a-plugin',
    async run(browser) {
      const page = await opened(browser);
      await page.click('button[aria-label="Deactivate frame"]');
      await page.waitForSelector('iframe', { state: 'detached' });
      await page.click('button[aria-label="Activate frame"]');
      await page.waitForSelector('button[aria-label="Deactivate frame"]');
      assert.strictEqual(await call(page, 'frame', 'add'), 'frame.add(3, 4) = 7');
    },
  },
  {
    name: 'it-fits-a-phone',
    async run(browser) {
      for (const [name, size] of Object.entries(SIZES)) {
        const page = await opened(browser, size);
        await call(page, 'frame', 'callOther');
        await call(page, 'worker', 'echo');
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= size.width, `${name}: ${wide} is wider than ${size.width}`);
        if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`) });
      }
    },
  },
] : []);
