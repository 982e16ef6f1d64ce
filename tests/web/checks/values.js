'use strict';

// What becomes of values that JSON lacks.

const assert = require('node:assert');

const BECOMES = {
  undefinedInList: [null, 1],
  undefinedInObject: { b: 1 },
  nan: [null, null],
  date: '1970-01-01T00:00:00.000Z',
  bigint: '123456789012345678901234567890',
  bytes: [1, 2, 255],
  part: [1, 2],
  floats: [0.5, -1],
  bigints: ['-5'],
  buffer: [1, 2],
  view: [8, 9],
  map: { a: { b: '1' } },
  set: [1, 'x'],
  error: 'it is odd',
  pattern: {},
  blob: {},
  holes: [1, null, 2],
  twice: [{ a: 1 }, { a: 1 }],
  boxed: ['text', 7, true],
  surrogate: 'a\ud800b',
};

async function opened(browser, site) {
  const page = await browser.engine();
  await page.evaluate((url) => new globalThis.House().open('frame', url), `${site.crossOrigin}/pages/odd-plugin.html`);
  return page;
}

module.exports = () => [
  {
    name: 'values-become-json',
    async run(browser, site) {
      const page = await opened(browser, site);
      const found = {};
      for (const name of Object.keys(BECOMES)) {
        found[name] = await page.evaluate((what) => globalThis.house.call('remote', 'give', what), name);
      }
      assert.deepStrictEqual(found, BECOMES);
    },
  },
  {
    name: 'a-value-without-json-is-an-error-for-who-waits',
    async run(browser, site) {
      const page = await opened(browser, site);
      const text = await page.evaluate(() => globalThis.house.failure('remote', 'give', 'cyclic'));
      assert.match(text, /^the values cannot be JSON: Converting circular structure/);
      const asked = await page.evaluate(() => globalThis.house.call('remote', 'asks'));
      assert.match(asked, /^the values cannot be JSON: Converting circular structure/);
    },
  },
];
