'use strict';

// What happens to frames while an engine in Rust uses them.

const assert = require('node:assert');

const RELEASED = '/pages/released-plugin.html';
const WEBVIEW = `${RELEASED}?webview`;
const RUST = '/pages/plugin.html';
/** Less than a call or a handshake may take, so that what ends one sooner has ended it. */
const SOON = 15000;

async function opened(browser, url) {
  const page = await browser.engine();
  await page.evaluate((where) => new globalThis.House(60000).open('frame', where), url);
  return page;
}

/** Begins a call that takes a minute, and returns its error and how long it has taken. */
async function slow(page) {
  await page.evaluate(() => {
    const since = performance.now();
    globalThis.slow = globalThis.house.failure('remote', 'slow', 60000, 1)
      .then((text) => [text, performance.now() - since]);
  });
  return async () => page.evaluate(() => globalThis.slow);
}

module.exports = () => [
  ...[['released', RELEASED], ['webview', WEBVIEW], ['rust', RUST]].map(([who, path]) => ({
    name: `a-reload-ends-a-call-${who}`,
    async run(browser, site) {
      const page = await opened(browser, site.crossOrigin + path);
      const ends = await slow(page);
      const [, frame] = page.frames();
      await frame.goto(frame.url());
      const [text, took] = await ends();
      assert.match(text, /remote was loaded again|lost/);
      assert.ok(took < SOON, `it took ${took} ms`);
      assert.strictEqual(await page.evaluate(() => globalThis.house.call('remote', 'add', 1, 2)), 3);
      assert.strictEqual(await page.evaluate(() => document.querySelectorAll('iframe').length), 1);
    },
  })),
  ...[['rust', RUST], ['webview', WEBVIEW]].map(([who, path]) => ({
    name: `a-removed-frame-ends-a-call-and-the-plugin-${who}`,
    async run(browser, site) {
      const page = await opened(browser, site.crossSite + path);
      const ends = await slow(page);
      await page.evaluate(() => document.querySelector('iframe').remove());
      const [text, took] = await ends();
      assert.match(text, /lost/);
      assert.ok(took < SOON, `it took ${took} ms`);
      const after = await page.evaluate(async () => {
        const { engine } = globalThis.house;
        const seen = [engine.is_active('remote'), document.querySelectorAll('iframe').length];
        await engine.activate('remote');
        return [...seen, await globalThis.house.call('remote', 'add', 1, 2)];
      });
      assert.deepStrictEqual(after, [false, 0, 3]);
    },
  })),
  {
    name: 'a-deactivation-ends-a-worker-and-its-call',
    async run(browser, site) {
      const page = await browser.engine();
      await page.evaluate((url) => new globalThis.House(60000).open('worker', url), `${site.same}/pages/worker.js`);
      const ends = await slow(page);
      assert.strictEqual(page.workers().length, 1);
      const closed = new Promise((resolve) => page.workers()[0].once('close', resolve));
      assert.ok(await page.evaluate(() => globalThis.house.engine.deactivate('remote')));
      const [, took] = await ends();
      assert.ok(took < SOON, `it took ${took} ms`);
      await closed;
      assert.strictEqual(await page.evaluate(() => globalThis.house.call('remote', 'add', 1, 2)), 3);
      assert.strictEqual(page.workers().length, 1);
    },
  },
  {
    name: 'a-frame-appears-where-the-host-plugin-has-made-room',
    async run(browser, site) {
      const page = await browser.engine();
      const seen = await page.evaluate(async (url) => {
        const log = [];
        const house = new globalThis.House();
        house.engine.shown('remote', url, 'clipboard-write; fullscreen', (name) => {
          log.push(`addView ${name}`);
          document.body.append(Object.assign(document.createElement('section'), { id: 'room' }));
        }, (name) => {
          log.push(`place ${name}`);
          return document.getElementById('room');
        });
        await house.engine.activate('remote');
        const frame = document.querySelector('#room > iframe');
        return [log, frame.allow, await house.call('remote', 'add', 1, 2)];
      }, site.crossOrigin + RUST);
      assert.deepStrictEqual(seen, [['addView remote', 'place remote'], 'clipboard-write; fullscreen', 3]);
    },
  },
  {
    name: 'a-frame-without-a-place-is-an-error',
    async run(browser, site) {
      const page = await browser.engine();
      const text = await page.evaluate(async (url) => {
        const house = new globalThis.House();
        house.engine.shown('remote', url, '', () => {}, () => null);
        return house.engine.activate('remote').then(() => 'it opens', (error) => error.message);
      }, site.crossOrigin + RUST);
      assert.match(text, /there is no place for the frame of remote/);
    },
  },
  {
    name: 'a-frame-removed-before-it-has-loaded-ends-the-activation',
    async run(browser, site) {
      const page = await browser.engine();
      const [text, took] = await page.evaluate(async (url) => {
        const since = performance.now();
        const opens = new globalThis.House().open('frame', url).then(() => 'it opens', (error) => error.message);
        const removed = new MutationObserver(() => document.querySelector('iframe')?.remove());
        removed.observe(globalThis.place, { childList: true });
        return [await opens, performance.now() - since];
      }, `${site.crossSite}/never`);
      assert.match(text, /closed|lost/);
      assert.ok(took < SOON, `it took ${took} ms`);
    },
  },
  {
    name: 'a-removed-shadow-ends-the-plugin-too',
    async run(browser, site) {
      const page = await browser.engine();
      const ended = await page.evaluate(async (url) => {
        const host = document.createElement('div');
        document.body.append(host);
        globalThis.place = host.attachShadow({ mode: 'closed' }).appendChild(document.createElement('div'));
        await new globalThis.House(60000).open('frame', url);
        const slow = globalThis.house.failure('remote', 'slow', 60000, 1);
        globalThis.place.replaceChildren();
        return slow;
      }, site.same + RUST);
      assert.match(ended, /lost/);
    },
  },
  {
    name: 'a-frame-that-shows-another-origin-is-not-heard',
    async run(browser, site) {
      const page = await browser.engine();
      await page.evaluate((url) => new globalThis.House(300).open('frame', url), site.crossOrigin + RUST);
      const [, frame] = page.frames();
      const serves = page.evaluate(() => new Promise((resolve) => {
        addEventListener('message', ({ data, origin }) => data === 'serves' && resolve(origin));
      }));
      await frame.goto(`${site.crossSite}${RUST}?tell`);
      assert.strictEqual(await serves, site.crossSite);
      const text = await page.evaluate(() => globalThis.house.failure('remote', 'add', 1, 2));
      assert.match(text, /TIMEOUT/);
    },
  },
  {
    name: 'a-plugin-is-deactivated-and-its-frame-removed',
    async run(browser, site) {
      const page = await opened(browser, site.crossOrigin + RUST);
      const frames = () => page.evaluate(() => document.querySelectorAll('iframe').length);
      assert.strictEqual(await frames(), 1);
      const attributes = await page.evaluate(() => {
        const frame = document.querySelector('iframe');
        return ['id', 'title', 'sandbox'].map((name) => frame.getAttribute(name));
      });
      const sandbox = 'allow-scripts allow-same-origin allow-forms allow-popups';
      assert.deepStrictEqual(attributes, ['plugin-remote', 'remote', sandbox]);
      await page.evaluate(() => globalThis.house.engine.remove('remote'));
      assert.strictEqual(await frames(), 0);
    },
  },
  {
    name: 'a-page-that-never-speaks-is-given-up',
    async run(browser, site) {
      const page = await browser.engine();
      const text = await page.evaluate((url) => new globalThis.House(8000, 500).open('frame', url)
        .then(() => 'it opens', (error) => error.message), `${site.same}/pages/silent.html`);
      assert.match(text, /handshake did not finish in time/);
      assert.strictEqual(await page.evaluate(() => document.querySelectorAll('iframe').length), 0);
    },
  },
];
