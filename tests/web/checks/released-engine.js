'use strict';

// The released engine drives the plugin in Rust through the whole list of `tests/peers`.

const assert = require('node:assert');


const PLUGIN = '/pages/plugin.html';

function places(site) {
  return {
    'same-origin': { kind: 'frame', url: site.same + PLUGIN },
    'cross-origin': { kind: 'frame', url: site.crossOrigin + PLUGIN },
    'cross-site': { kind: 'frame', url: site.crossSite + PLUGIN },
    'late-frame': { kind: 'frame', url: `${site.crossOrigin}${PLUGIN}?late` },
    worker: { kind: 'worker', url: `${site.same}/pages/worker.js` },
  };
}

const LISTS = ['same-origin', 'cross-origin', 'cross-site', 'late-frame', 'worker'];

async function opened(browser, place) {
  const page = await browser.page('/pages/released-engine.html');
  await page.evaluate((where) => globalThis.open(where), place);
  return page;
}

module.exports = () => [
  ...LISTS.map((place) => ({
    name: `whole-list-${place}`,
    async run(browser, site) {
      const page = await opened(browser, places(site)[place]);
      const failed = await page.evaluate(async () => {
        const errors = [];
        for (const name of globalThis.checks) {
          await globalThis.run(name).catch((error) => errors.push(`${name}: ${error.message}`));
        }
        return errors;
      });
      assert.deepStrictEqual(failed, []);
      assert.deepStrictEqual(page.exceptions, []);
    },
  })),
  {
    name: 'an-origin-that-is-not-allowed-is-not-answered',
    async run(browser, site) {
      const page = await browser.page('/pages/released-engine.html');
      const ask = (url) => page.evaluate((address) => new Promise((resolve) => {
        const seen = [];
        const frame = document.createElement('iframe');
        frame.src = address;
        addEventListener('message', function hear({ data, source }) {
          if (source !== frame.contentWindow) return;
          seen.push(data.action ? `${data.action} ${data.key} ${data.id}` : data);
          if (data === 'serves') {
            const name = 'remote';
            source.postMessage({ action: 'request', key: 'handshake', id: 0, payload: [name], name }, '*');
            source.postMessage({ action: 'request', key: 'add', id: 1, payload: [1, 2], name }, '*');
            source.postMessage('sync', '*');
          }
          if (data === 'synced') {
            removeEventListener('message', hear);
            frame.remove();
            resolve(seen);
          }
        });
        document.body.append(frame);
      }), url);
      const asks = 'request handshake -1';
      const answers = ['response handshake 0', 'response add 1'];
      const plugin = `${site.crossOrigin}${PLUGIN}`;
      const refused = await ask(`${plugin}?tell&origin=https://remix.example&origin=${site.crossSite}`);
      assert.deepStrictEqual(new Set(refused), new Set(['serves', asks, 'synced']));
      const allowed = await ask(`${plugin}?tell&origin=https://remix.example&origin=${site.same}/`);
      for (const answer of answers) assert.ok(allowed.includes(answer), `${allowed}`);
      const local = await ask(`${plugin}?tell&origin=https://remix.example&origin=loopback`);
      for (const answer of answers) assert.ok(local.includes(answer), `${local}`);
    },
  },
  {
    name: 'a-reload-in-the-middle-of-a-call',
    async run(browser, site) {
      const page = await opened(browser, places(site)['cross-origin']);
      await page.evaluate(() => globalThis.house.remote.setOptions({ queueTimeout: 1500 }));
      const slow = page.evaluate(() => globalThis.house.call('slow', 60000, 1).catch((error) => `${error}`));
      await page.evaluate(() => globalThis.house.call);
      const [, frame] = page.frames();
      await frame.goto(frame.url());
      assert.match(await slow, /TIMEOUT/);
      assert.strictEqual(await page.evaluate(() => globalThis.house.call('add', 1, 2)), 3);
      assert.deepStrictEqual(page.exceptions, []);
    },
  },
  {
    name: 'a-frame-removed-in-the-middle-of-a-call',
    async run(browser, site) {
      const page = await opened(browser, places(site)['cross-site']);
      const ended = await page.evaluate(async () => {
        globalThis.house.remote.setOptions({ queueTimeout: 300 });
        const slow = globalThis.house.call('slow', 60000, 1).catch((error) => `${error}`);
        globalThis.house.remote.iframe.remove();
        return slow;
      });
      assert.match(ended, /TIMEOUT/);
      const methods = await page.evaluate(async () => {
        await globalThis.house.manager.deactivatePlugin('remote');
        return globalThis.house.openRemote();
      });
      assert.ok(methods.includes('add'));
      assert.deepStrictEqual(page.exceptions, []);
    },
  },
  {
    name: 'the-page-gets-the-theme-of-the-engine',
    async run(browser, site) {
      const page = await opened(browser, places(site)['same-origin']);
      const [, frame] = page.frames();
      const colour = (wanted) => frame.waitForFunction(
        (value) => getComputedStyle(document.body).color === value,
        wanted,
      );
      await colour('rgb(1, 2, 3)');
      assert.strictEqual(await frame.evaluate(() => document.documentElement.dataset.theme), 'dark');
      await page.evaluate(() => globalThis.house.others[1].emit('themeChanged', { url: '/second.css', brightness: 'light' }));
      await colour('rgb(4, 5, 6)');
      assert.strictEqual(await frame.evaluate(() => document.documentElement.dataset.theme), 'light');
      await page.evaluate(() => globalThis.house.others[1].emit('themeChanged', { url: 'javascript:alert(1)' }));
      await page.evaluate(() => globalThis.house.call('add', 1, 2));
      assert.strictEqual(await frame.evaluate(() => document.styleSheets.length), 1);
      assert.match(await frame.evaluate(() => document.getElementById('connector-theme').href), /second\.css$/);
    },
  },
];
