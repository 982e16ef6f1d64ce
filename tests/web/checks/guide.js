'use strict';

// The plugin that `docs/web.md` goes to from nothing: the released engine opens it by URL, and
// starts it as a worker.

const assert = require('node:assert');

const PLACES = { frame: 'index.html', worker: 'worker.js' };

module.exports = ({ words }) => (words ? Object.entries(PLACES).map(([kind, file]) => ({
  name: `the-plugin-counts-in-a-${kind}`,
  async run(browser, site) {
    const page = await browser.page('/pages/released-engine.html');
    await page.evaluate((where) => globalThis.open(where), { kind, url: `${site.same}/words/${file}` });
    const seen = await page.evaluate(async () => {
      const { house, methods } = globalThis;
      const counted = new Promise((resolve) => house.caller.on('remote', 'counted', resolve));
      return [methods, await house.call('count', 'one two three'), await counted];
    });
    assert.deepStrictEqual(seen, [['count'], 3, 3]);
    assert.deepStrictEqual(page.exceptions, []);
  },
})) : []);
