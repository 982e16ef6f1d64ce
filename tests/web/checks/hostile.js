'use strict';

// Pages that mean no good.

const assert = require('node:assert');

const ODD = '/pages/odd-plugin.html';
const RUST = '/pages/plugin.html';
/** Less than a call may run that ends sooner. */
const SOON = 15000;

/** What a page in a frame may have, by Chromium's names. */
const ONE_PAGE = { Documents: 2, Frames: 1, JSEventListeners: 10, Nodes: 40 };

async function opened(browser, url, kind = 'frame') {
  const page = await browser.engine();
  await page.evaluate(([what, where]) => new globalThis.House().open(what, where), [kind, url]);
  return page;
}

/** Opens the odd plugin, and the one in Rust as `other`. */
async function openedTwo(browser, site, longest, timeout = 8000) {
  const page = await browser.engine();
  await page.evaluate(async ([odd, url, length, ms]) => {
    const house = new globalThis.House(ms, 20000, length);
    await house.open('frame', odd);
    house.add('frame', url, 'other');
    await house.engine.activate('other');
  }, [site.crossOrigin + ODD, site.crossSite + RUST, longest, timeout]);
  return page;
}

/** Opens a page in a frame of its own, with an origin or without, which then forges messages. */
function forge(page, url, messages, isOpaque = false) {
  return page.evaluate(([where, forged, opaque]) => new Promise((resolve) => {
    const frame = document.createElement('iframe');
    if (opaque) frame.sandbox = 'allow-scripts';
    addEventListener('message', ({ data, source }) => {
      if (source !== frame.contentWindow) return;
      if (data === 'evil') source.postMessage({ forge: forged }, '*');
      if (data === 'forged') resolve();
    });
    frame.src = where;
    document.body.append(frame);
  }), [url, messages, isOpaque]);
}

const FORGED = [
  { action: 'emit', key: 'changed', payload: ['forged'] },
  { action: 'request', key: 'handshake', id: -1 },
  { action: 'response', name: 'remote', key: 'slow', id: 1, payload: 'forged' },
  { action: 'response', name: 'remote', key: 'slow', id: 2, payload: 'forged' },
  { action: 'request', name: 'host', key: 'fire', id: 9, payload: ['changed', 'forged'] },
];

module.exports = () => [
  ...['frame', 'opaque'].map((kind) => ({
    name: `messages-of-other-frames-are-nobodys-${kind}`,
    async run(browser, site) {
      const page = await opened(browser, site.crossOrigin + RUST, kind);
      await page.evaluate(() => {
        globalThis.values = globalThis.heard(globalThis.house, 'remote', 'changed');
        globalThis.ended = globalThis.house.call('remote', 'slow', 500, 'true');
      });
      // Of the plugin's own origin, of the engine's, of another site, and of none.
      for (const origin of [site.crossOrigin, site.same, site.crossSite]) {
        await forge(page, `${origin}/pages/evil.html`, FORGED);
      }
      await forge(page, `${site.crossOrigin}/pages/evil.html`, FORGED, true);
      assert.strictEqual(await page.evaluate(() => globalThis.ended), 'true');
      await page.evaluate(() => globalThis.house.call('remote', 'emitEvent', 'changed', 'true'));
      assert.deepStrictEqual(await page.evaluate(() => globalThis.values(1)), [['true']]);
    },
  })),
  {
    name: 'two-plugins-without-an-origin-are-two',
    async run(browser, site) {
      const page = await opened(browser, site.crossOrigin + RUST, 'opaque');
      const seen = await page.evaluate(async (url) => {
        const { house } = globalThis;
        house.add('opaque', url, 'other');
        await house.engine.activate('other');
        const values = ['remote', 'other'].map((name) => globalThis.heard(house, name, 'changed'));
        await house.call('other', 'emitEvent', 'changed', 'of other');
        await house.call('remote', 'emitEvent', 'changed', 'of remote');
        const who = await Promise.all(['remote', 'other'].map((name) => house.call(name, 'callOther', 'host', 'whoCalled')));
        return [await values[0](1), await values[1](1), who.map(({ from }) => from)];
      }, site.crossOrigin + RUST);
      assert.deepStrictEqual(seen, [[['of remote']], [['of other']], ['remote', 'other']]);
    },
  },
  {
    name: 'a-parent-without-an-origin-is-not-an-allowed-one',
    async run(browser, site) {
      const page = await browser.page('/pages/silent.html');
      const ask = (plugin) => page.evaluate((url) => new Promise((resolve) => {
        const frame = document.createElement('iframe');
        frame.sandbox = 'allow-scripts';
        frame.src = url;
        addEventListener('message', function hear({ data, source }) {
          if (source !== frame.contentWindow) return;
          removeEventListener('message', hear);
          frame.remove();
          resolve(data);
        });
        document.body.append(frame);
      }), `${site.same}/pages/opaque-parent.html?${encodeURIComponent(plugin)}`);
      const plugin = `${site.crossOrigin}${RUST}?tell`;
      // In a sandbox, what it opens has no origin either, so that it reads all messages.
      assert.deepStrictEqual(await ask(`${plugin}&origin=${site.same}`), ['request handshake']);
      const answered = await ask(plugin);
      for (const answer of ['response handshake', 'response add']) assert.ok(answered.includes(answer), `${answered}`);
    },
  },
  {
    name: 'a-sibling-is-not-a-plugins-engine',
    async run(browser, site) {
      const page = await opened(browser, site.crossOrigin + RUST);
      const request = { action: 'request', name: 'remote', key: 'emitEvent', id: 77, payload: ['changed', 'forged'] };
      await page.evaluate(() => {
        globalThis.values = globalThis.heard(globalThis.house, 'remote', 'changed');
      });
      await forge(page, `${site.same}/pages/evil.html`, [request, { action: 'request', key: 'handshake', id: 0, payload: ['other'] }]);
      await page.evaluate(() => globalThis.house.call('remote', 'emitEvent', 'changed', 'true'));
      assert.deepStrictEqual(await page.evaluate(() => globalThis.values(1)), [['true']]);
    },
  },
  {
    name: 'odd-shapes-are-survived',
    async run(browser, site) {
      const page = await opened(browser, site.crossOrigin + ODD);
      assert.ok(await page.evaluate(() => globalThis.house.call('remote', 'shapes')) > 20);
      assert.strictEqual(await page.evaluate(() => globalThis.house.call('remote', 'add', 1, 2)), 3);
      await page.evaluate(() => globalThis.house.failure('remote', 'give', 'deep'));
      assert.strictEqual(await page.evaluate(() => globalThis.house.call('remote', 'add', 2, 2)), 4);
      assert.deepStrictEqual(page.exceptions, []);
    },
  },
  {
    name: 'odd-shapes-of-a-parent-are-survived',
    async run(browser, site) {
      const page = await browser.page('/pages/released-engine.html');
      const answered = await page.evaluate((url) => new Promise((resolve) => {
        const cyclic = {};
        cyclic.self = cyclic;
        const frame = document.createElement('iframe');
        const errors = {};
        addEventListener('message', ({ data, source }) => {
          if (source !== frame.contentWindow) return;
          const post = (value) => source.postMessage(value, '*');
          const request = (id, key, payload) => post({ action: 'request', name: 'remote', key, id, payload });
          if (data === 'serves') {
            request(0, 'handshake', ['remote']);
            for (const value of [null, 0, '', [], {}, 1n, cyclic, { action: cyclic }, { action: 'request' }, { action: 'emit', key: 1n }]) post(value);
            request(1, 'echo', cyclic);
            request(2, 'echo', [1n]);
            request(3, 'nope', []);
            request(4, 'add', 'not a list');
            request(5, 'add', [1, 2]);
          }
          if (data.action === 'response' && data.id > 0) {
            errors[data.id] = data.error ?? data.payload;
            if (data.id === 5) resolve(errors);
          }
        });
        frame.src = url;
        document.body.append(frame);
      }), `${site.crossOrigin}${RUST}?tell`);
      assert.match(answered[1], /^the values cannot be JSON/);
      assert.strictEqual(answered[2], '1');
      assert.match(answered[3], /nope/);
      assert.ok(answered[4]);
      assert.strictEqual(answered[5], 3);
    },
  },
  {
    name: 'a-flood-is-counted-and-others-are-served',
    async run(browser, site) {
      const page = await opened(browser, site.crossOrigin + ODD);
      const served = await page.evaluate(async (url) => {
        const { house } = globalThis;
        house.add('frame', url, 'other');
        await house.engine.activate('other');
        const values = globalThis.heard(house, 'remote', 'flood');
        const flood = house.call('remote', 'flood', 2000);
        const sum = await house.call('other', 'add', 1, 2);
        await flood;
        return [sum, (await values(2000)).length];
      }, site.crossSite + RUST);
      assert.deepStrictEqual(served, [3, 2000]);
    },
  },
  {
    name: 'a-flood-of-calls-is-bounded-and-others-are-served',
    async run(browser, site) {
      const page = await openedTwo(browser, site);
      const seen = await page.evaluate(async () => {
        const { house } = globalThis;
        const before = globalThis.memory();
        const asked = house.failure('remote', 'callsAtOnce', 3000);
        const sum = await house.call('other', 'add', 1, 2);
        return [sum, await asked, await house.call('other', 'add', 2, 2), globalThis.memory() - before];
      });
      assert.match(seen[1], /TIMEOUT|lost/);
      assert.deepStrictEqual([seen[0], seen[2]], [3, 4]);
      assert.ok(seen[3] < 8 << 20, `the module has grown by ${seen[3]}`);
      assert.deepStrictEqual(page.exceptions, []);
    },
  },
  {
    name: 'a-message-beyond-the-limit-ends-its-plugin-alone',
    async run(browser, site) {
      const page = await opened(browser, site.crossOrigin + ODD);
      const ended = await page.evaluate(async (url) => {
        const { house } = globalThis;
        house.add('frame', url, 'other');
        await house.engine.activate('other');
        const before = await house.call('remote', 'long', 1 << 20);
        const failure = await house.failure('remote', 'long', 17 << 20);
        await house.engine.activate('remote');
        const again = await house.call('remote', 'add', 2, 2);
        return [before, failure, again, await house.call('other', 'add', 1, 2)];
      }, site.crossSite + RUST);
      assert.match(ended[1], /lost before it answered/);
      assert.deepStrictEqual([ended[0], ended[2], ended[3]], [true, 4, 3]);
    },
  },
  // That of lists in lists has many steps until it is too long.
  ...[['sparse'], ['hugeBytes'], ['doubled', 1 << 20], ['longKey'], ['longBoxed']].map(([value, longest]) => ({
    name: `a-value-whose-text-is-too-long-${value}`,
    async run(browser, site) {
      const page = await openedTwo(browser, site, longest, 60000);
      const [failure, took, again, other] = await page.evaluate(async (name) => {
        const { house } = globalThis;
        const since = performance.now();
        const ended = await house.failure('remote', 'give', name);
        const ms = performance.now() - since;
        await house.engine.activate('remote');
        return [ended, ms, await house.call('remote', 'add', 2, 2), await house.call('other', 'add', 1, 2)];
      }, value);
      assert.match(failure, /lost before it answered/);
      assert.ok(took < SOON, `it took ${took} ms`);
      assert.deepStrictEqual([again, other], [4, 3]);
    },
  })),
  {
    name: 'numbers-and-keys-without-end-are-errors-at-once',
    async run(browser, site) {
      const page = await opened(browser, site.crossOrigin + ODD);
      const since = Date.now();
      const errors = await page.evaluate(async () => Promise.all(['longNumber', 'listAsKey']
        .map((name) => globalThis.house.failure('remote', 'give', name))));
      assert.match(errors[0], /a BigInt has more than 32768 bits/);
      assert.match(errors[1], /a key of a Map is an object/);
      assert.ok(Date.now() - since < SOON);
      assert.strictEqual(await page.evaluate(() => globalThis.house.call('remote', 'add', 2, 2)), 4);
    },
  },
  {
    name: 'a-result-without-json-is-not-copied-when-its-name-is-long',
    async run(browser, site) {
      const page = await openedTwo(browser, site);
      const [grown, failure, other] = await page.evaluate(async () => {
        const { house } = globalThis;
        const before = globalThis.memory();
        const ended = await house.failure('remote', 'unreadable', 'x'.repeat(10));
        const long = await house.failure('remote', 'longName', 100e6);
        return [globalThis.memory() - before, [ended, long], await house.call('other', 'add', 1, 2)];
      });
      assert.ok(grown < 1e6, `${grown} bytes for a name of 100 MB`);
      assert.deepStrictEqual(failure[0], 'resolved with true');
      assert.match(failure[1], /lost before it answered/);
      assert.strictEqual(other, 3);
    },
  },
  {
    name: 'the-deepest-values-end-nothing',
    async run(browser, site) {
      const page = await openedTwo(browser, site);
      const seen = await page.evaluate(async () => {
        const { house } = globalThis;
        const results = {};
        for (const levels of [10, 500, 600, 3000]) {
          results[levels] = (await house.failure('remote', 'nested', levels)).slice(0, 60);
        }
        return results;
      });
      const tooDeep = 'the values cannot be JSON: more than 512 arrays and objects lie in';
      assert.strictEqual(seen[10], `resolved with ${'['.repeat(10)}${']'.repeat(10)}`);
      assert.match(seen[500], /^resolved with \[\[/);
      for (const levels of [600, 3000]) assert.ok(tooDeep.startsWith(seen[levels]), seen[levels]);
      const posted = await page.evaluate(async () => {
        const { house } = globalThis;
        let list = [];
        for (let i = 0; i < 5000; i += 1) list = [list];
        await house.call('other', 'listenTo', 'host', 'tick');
        await house.call('host', 'fire', 'tick', list);
        await house.call('host', 'fire', 'tick', 1);
        const failure = await house.failure('other', 'echo', list);
        return [failure, await house.call('other', 'received', 'host', 'tick')];
      });
      assert.match(posted[0], /^the values cannot be posted: .*512/);
      assert.deepStrictEqual(posted[1], [[1]]);
      assert.deepStrictEqual(page.exceptions, []);
    },
  },
  {
    name: 'a-parent-that-navigates-away',
    async run(browser, site) {
      const page = await opened(browser, site.crossOrigin + RUST);
      await page.evaluate(() => {
        globalThis.house.failure('remote', 'slow', 60000, 1);
      });
      await page.goto(`${site.crossSite}/pages/silent.html`);
      await page.goBack();
      await page.waitForFunction(() => globalThis.isReady);
      await page.evaluate((url) => new globalThis.House().open('frame', url), site.crossOrigin + RUST);
      assert.strictEqual(await page.evaluate(() => globalThis.house.call('remote', 'add', 1, 2)), 3);
      assert.deepStrictEqual(page.exceptions, []);
    },
  },
  {
    name: 'a-hundred-loads-keep-nothing',
    async run(browser, site) {
      const loads = process.env.CONNECTOR_LONG === '1' ? 1000 : 100;
      const page = await browser.engine();
      const kept = await browser.kept(page);
      await page.evaluate((url) => {
        const house = new globalThis.House();
        house.add('frame', url, 'remote');
        globalThis.load = async (rounds) => {
          for (let i = 0; i < rounds; i += 1) {
            await house.engine.activate('remote');
            await house.call('remote', 'add', i, 1);
            await house.engine.deactivate('remote');
          }
          return globalThis.memory();
        };
      }, `${site.same}/pages/odd-plugin.html`);
      const load = (rounds) => page.evaluate((number) => globalThis.load(number), rounds);
      const before = [await load(10), await kept()];
      const after = [await load(loads), await kept()];
      // Memory grows by pages of 64 KiB, of which the allocator may take one.
      assert.ok(after[0] <= before[0] + (64 << 10), `the module has grown from ${before[0]} to ${after[0]}`);
      for (const [name, most] of Object.entries(before[1])) {
        // The browser drops the last one when it likes.
        assert.ok(after[1][name] <= most + ONE_PAGE[name], `${name}: ${most}, then ${after[1][name]}`);
      }
    },
    ms: 300000,
  },
];
