'use strict';

// What becomes of values that JSON lacks, over each link.

const assert = require('node:assert');

const { served } = require('../lib/odd-server');

const ODD = '/pages/odd-plugin';

/** What arrives of a value that was posted. */
const POSTED = {
  undefinedInList: [null, 1],
  undefinedInObject: { b: 1 },
  nan: [null, null],
  negativeZero: 0,
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
  cyclic: /^the values cannot be JSON: Converting circular structure/,
  deeper: /^the values cannot be JSON: .*512/,
  objectAsKey: /^the values cannot be JSON: .*key/,
  longNumber: /^the values cannot be JSON: .*BigInt/,
};

/** What arrives over a WebSocket, whose other end writes JSON, where that is something else. */
const WRITTEN = {
  ...POSTED,
  bigint: /serialize a BigInt/,
  bytes: { 0: 1, 1: 2, 2: 255 },
  part: { 0: 1, 1: 2 },
  floats: { 0: 0.5, 1: -1 },
  bigints: /serialize a BigInt/,
  buffer: {},
  view: {},
  map: {},
  set: {},
  error: {},
  cyclic: /^Converting circular structure/,
  deeper: Array.from({ length: 599 }).reduce((list) => [list], []),
  objectAsKey: {},
  longNumber: /serialize a BigInt/,
};

/** Opens the odd plugin over a link of each kind. What stays open is closed by what is returned. */
const LINKS = {
  frame: (page, site) => open(page, 'frame', `${site.crossOrigin}${ODD}.html`),
  worker: (page, site) => open(page, 'worker', `${site.same}${ODD}.js`),
  port: (page) => page.evaluate(async (plugin) => {
    const { port1, port2 } = new MessageChannel();
    globalThis.oddPort = port2;
    await import(plugin);
    globalThis.house = new globalThis.House();
    globalThis.house.engine.port('remote', () => port1);
    await globalThis.house.engine.activate('remote');
  }, `${ODD}.js`),
  channel: (page) => page.evaluate(async (plugin) => {
    globalThis.oddPort = new BroadcastChannel('odd');
    await import(plugin);
    globalThis.house = new globalThis.House();
    globalThis.house.engine.broadcast('remote', 'odd');
    await globalThis.house.engine.activate('remote');
  }, `${ODD}.js`),
  async websocket(page) {
    const { port, close } = await served();
    await open(page, 'websocket', `ws://127.0.0.1:${port}`);
    return close;
  },
};

function open(page, kind, url) {
  return page.evaluate(([what, where]) => new globalThis.House().open(what, where), [kind, url]);
}

/** What a page gets of a value, or the error. As a text, since the driver refuses values as deep as one of these. */
async function given(page, name) {
  const text = await page.evaluate((what) => globalThis.house.call('remote', 'give', what)
    .then((value) => JSON.stringify({ value }), ({ message }) => JSON.stringify({ value: { failed: message } })), name);
  return JSON.parse(text).value;
}

module.exports = () => [
  ...Object.entries(LINKS).map(([kind, link]) => ({
    name: `values-become-json-${kind}`,
    async run(browser, site) {
      const page = await browser.engine();
      const close = await link(page, site);
      try {
        for (const [name, becomes] of Object.entries(kind === 'websocket' ? WRITTEN : POSTED)) {
          const value = await given(page, name);
          if (becomes instanceof RegExp) assert.match(`${value?.failed}`, becomes, name);
          else assert.deepStrictEqual(value, becomes, name);
        }
      } finally {
        close?.();
      }
    },
  })),
  {
    name: 'a-value-without-json-is-an-error-for-who-waits',
    async run(browser, site) {
      const page = await browser.engine();
      await LINKS.frame(page, site);
      const asked = await page.evaluate(() => globalThis.house.call('remote', 'asks'));
      assert.match(asked, /^the values cannot be JSON: Converting circular structure/);
    },
  },
];
