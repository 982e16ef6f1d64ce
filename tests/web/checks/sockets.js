'use strict';

// The browser's WebSockets, ports and channels.

const assert = require('node:assert');
const { join } = require('node:path');

const { failures } = require('../lib/browser');
const { started } = require('../lib/server');

/** The released plugin on plugin-ws. */
const PLUGIN = join(__dirname, '../../peers/remix-plugin.js');

module.exports = () => [
  {
    name: 'contract-websocket',
    async run(browser) {
      const { child, port } = await started(process.execPath, [PLUGIN, '--port', '0']);
      try {
        const page = await browser.engine();
        await page.evaluate((where) => new globalThis.House().open('websocket', where), `ws://127.0.0.1:${port}`);
        assert.deepStrictEqual(await failures(page), []);
      } finally {
        child.kill();
      }
    },
  },
  {
    name: 'an-address-without-a-server',
    async run(browser) {
      const page = await browser.engine();
      const texts = await page.evaluate(async () => {
        const text = (url) => globalThis.rust.PomeloClient.connect(url).then(() => 'open', (error) => error.message);
        return Promise.all(['ws://127.0.0.1:1', 'tcp://127.0.0.1:1', 'nonsense', 'ws://127.0.0.1:1/#x'].map(text));
      });
      assert.match(texts[0], /the WebSocket has failed/);
      assert.match(texts[1], /the scheme `tcp` is unknown: write `ws:\/\/host:port` or `wss/);
      assert.match(texts[2], /write `ws:\/\/host:port` or `wss:\/\/host:port`/);
      assert.match(texts[3], /no `#` is allowed|the WebSocket has failed/);
    },
  },
  {
    name: 'contract-port',
    async run(browser) {
      const page = await browser.engine();
      await page.evaluate(async () => {
        const house = new globalThis.House();
        house.engine.port('remote', () => {
          const { port1, port2 } = new MessageChannel();
          globalThis.rust.serve_port(port2);
          return port1;
        });
        await house.engine.activate('remote');
        globalThis.house = house;
      });
      assert.deepStrictEqual(await failures(page), []);
    },
  },
  {
    name: 'contract-shared-worker',
    async run(browser) {
      const open = () => {
        const house = new globalThis.House();
        const start = () => new SharedWorker('/pages/shared-worker.js', { type: 'module' }).port;
        house.engine.port('remote', start);
        globalThis.house = house;
        return house.engine.activate('remote');
      };
      const pages = [await browser.engine(), await browser.engine()];
      await Promise.all(pages.map((page) => page.evaluate(open)));
      const [first, second] = pages;
      // Each page has an engine of its own, to which the worker has a plugin of its own.
      await first.evaluate(() => {
        globalThis.values = globalThis.heard(globalThis.house, 'remote', 'asked');
      });
      await second.evaluate(() => globalThis.house.call('remote', 'emitEvent', 'asked', 'second'));
      await first.evaluate(() => globalThis.house.call('remote', 'emitEvent', 'asked', 'first'));
      assert.deepStrictEqual(await first.evaluate(() => globalThis.values(1)), [['first']]);
      for (const page of pages) assert.deepStrictEqual(await failures(page), []);
      await first.close();
      assert.strictEqual(await second.evaluate(() => globalThis.house.call('remote', 'add', 1, 2)), 3);
    },
  },
  {
    name: 'contract-broadcast-to-another-tab',
    async run(browser) {
      const [engine, plugin] = [await browser.engine(), await browser.engine()];
      await plugin.evaluate(() => globalThis.rust.serve_broadcast('tabs'));
      await engine.evaluate(async () => {
        const house = new globalThis.House(1000);
        house.engine.broadcast('remote', 'tabs');
        await house.engine.activate('remote');
        globalThis.house = house;
      });
      const call = (...args) => engine.evaluate((all) => globalThis.house.failure('remote', ...all), args);
      assert.strictEqual(await call('add', 1, 2), 'resolved with 3');
      assert.strictEqual(await call('callOther', 'host', 'add', 20, 22), 'resolved with 42');
      // A tab that goes says nothing.
      const held = call('slow', 60000, 1);
      await call('add', 1, 2);
      await plugin.close();
      assert.match(await held, /TIMEOUT/);
    },
  },
  {
    name: 'contract-broadcast',
    async run(browser) {
      const page = await browser.engine();
      await page.evaluate(async () => {
        const house = new globalThis.House();
        house.engine.broadcast('remote', 'contract');
        globalThis.rust.serve_broadcast('contract');
        await house.engine.activate('remote');
        globalThis.house = house;
      });
      const failed = await failures(page);
      // The plugin's end is closed with its connection, and nobody opens another.
      assert.deepStrictEqual(failed.filter((text) => !text.startsWith('is_deactivated')), []);
    },
  },
];
