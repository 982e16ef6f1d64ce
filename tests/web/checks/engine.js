'use strict';

// The engine in Rust drives the released plugins and those in Rust through `pages/contract.mjs`.

const assert = require('node:assert');

const { failures } = require('../lib/browser');

const RELEASED = '/pages/released-plugin.html';
const RUST = '/pages/plugin.html';

function places(site) {
  return {
    'plugin-iframe-same-origin': ['frame', `${site.same}${RELEASED}`],
    'plugin-iframe-cross-origin': ['frame', `${site.crossOrigin}${RELEASED}`],
    'plugin-iframe-cross-site': ['frame', `${site.crossSite}${RELEASED}`],
    'plugin-iframe-without-origin': ['opaque', `${site.same}${RELEASED}`],
    'plugin-webview': ['frame', `${site.crossOrigin}${RELEASED}?webview`],
    'released-worker': ['worker', `${site.same}/bundles/released-plugin.js`],
    'rust-cross-site': ['frame', `${site.crossSite}${RUST}`],
    'rust-late': ['frame', `${site.crossOrigin}${RUST}?late`],
    'rust-without-origin': ['opaque', `${site.same}${RUST}`],
    'rust-worker': ['worker', `${site.same}/pages/worker.js`],
  };
}

const LISTS = Object.keys(places({}));

async function opened(browser, [kind, url]) {
  const page = await browser.engine();
  await page.evaluate(([what, where]) => new globalThis.House().open(what, where), [kind, url]);
  return page;
}

module.exports = () => [
  ...LISTS.map((place) => ({
    name: `contract-${place}`,
    async run(browser, site) {
      const page = await opened(browser, places(site)[place]);
      assert.deepStrictEqual(await failures(page), []);
      assert.deepStrictEqual(page.exceptions, []);
    },
  })),
  {
    name: 'a-call-times-out-and-the-next-is-right',
    async run(browser, site) {
      const page = await browser.engine();
      const url = `${site.crossOrigin}${RELEASED}`;
      const ended = await page.evaluate(async (where) => {
        await new globalThis.House(150).open('frame', where);
        const { house } = globalThis;
        return [
          await house.failure('remote', 'slow', 400, 'late'),
          await house.call('remote', 'add', 5, 6),
          await house.failure('remote', 'slow', 400, 'next'),
          await house.call('remote', 'add', 6, 6),
        ];
      }, url);
      const late = '[TIMEOUT] Timeout for call slow from manager';
      assert.deepStrictEqual(ended, [late, 11, late, 12]);
    },
  },
  {
    name: 'a-worker-without-a-script-is-refused-at-once',
    async run(browser, site) {
      const page = await browser.engine();
      const refused = await page.evaluate(async (url) => {
        const house = new globalThis.House();
        const text = (promise) => promise.then(() => 'it opens', (error) => error.message);
        return [
          await text(house.open('worker', `${url}/nowhere.js`, 'gone')),
          await text(house.open('worker', 'http://other.example/worker.js', 'foreign')),
          await text(house.open('frame', 'javascript:globalThis.isHit = true', 'script')),
          await text(house.open('frame', '', 'nowhere')),
          globalThis.isHit,
        ];
      }, site.same);
      assert.match(refused[0], /the worker's script `.*nowhere\.js` cannot be loaded/);
      assert.match(refused[1], /cannot be accessed from origin/);
      assert.match(refused[2], /write `https:\/\/\.\.`, `http:\/\/\.\.` or a path/);
      assert.match(refused[3], /profile has no `url`/);
      assert.strictEqual(refused[4], undefined);
    },
  },
  {
    name: 'a-worker-that-fails-is-started-again',
    async run(browser, site) {
      const page = await opened(browser, ['worker', `${site.same}/pages/failing-worker.js`]);
      const ended = await page.evaluate(async () => {
        const { house } = globalThis;
        const failure = await house.failure('remote', 'crash');
        // Waits for the next worker.
        await house.engine.activate('remote');
        return [failure, await house.call('remote', 'add', 1, 2)];
      });
      assert.match(ended[0], /lost before it answered/);
      assert.strictEqual(ended[1], 3);
    },
  },
];
