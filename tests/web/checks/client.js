'use strict';

// A pomelo client in a page, against `examples/echo`: what it is told, and how it ends.

const assert = require('node:assert');
const { once } = require('node:events');

const { started } = require('../lib/server');

/** More than any package here has. */
const LONG = 1 << 24;

/** A check with a server of these options, and a page whose `client` is connected to it. */
function check(echo, name, { args = [], packages = 0 } = {}, run) {
  return {
    name,
    async run(browser) {
      const server = await started(echo, ['--port', '0', ...args]);
      try {
        const page = await browser.engine();
        await page.evaluate(async ([port, most]) => {
          const { PomeloClient } = globalThis.rust;
          const url = `ws://127.0.0.1:${port}`;
          const client = await (most ? PomeloClient.connectWith(url, most) : PomeloClient.connect(url));
          Object.assign(globalThis, {
            client,
            ask: (method, body) => client.request(`connector.entryHandler.${method}`, JSON.stringify(body)).then(JSON.parse, (error) => error.message),
          });
        }, [server.port, packages]);
        await run(page, server);
        assert.deepStrictEqual(page.exceptions, []);
      } finally {
        server.child.kill('SIGKILL');
      }
    },
  };
}

module.exports = ({ echo }) => (echo ? [
  check(echo, 'requests-and-answers', {}, async (page) => {
    const answers = await page.evaluate(async () => {
      const { ask, client } = globalThis;
      const seen = [];
      for (const text of ['x', 'é漢😀'.repeat(10000)]) seen.push((await ask('echo', { text })).text === text);
      const hundred = await Promise.all(Array.from({ length: 100 }, (_, n) => ask('echo', { n })));
      seen.push(hundred.every(({ n }, i) => n === i), client.is_open());
      await client.notify('connector.entryHandler.notify', '{"n":1}');
      seen.push(await ask('count', {}));
      await client.close();
      return [...seen, await client.closed()];
    });
    const counted = { count: 1, last: { n: 1 } };
    assert.deepStrictEqual(answers, [true, true, true, true, counted, 'this side closed the connection']);
  }),
  check(echo, 'pushes-come-in-order', {}, async (page) => {
    const pushes = await page.evaluate(async () => {
      const { ask, client } = globalThis;
      const seen = [];
      const hundred = new Promise((resolve) => {
        client.on('onPush', (text) => seen.push(JSON.parse(text).seq) === 100 && resolve());
      });
      await ask('push', { n: 100 });
      await hundred;
      return seen;
    });
    assert.deepStrictEqual(pushes, Array.from({ length: 100 }, (_, i) => i));
  }),
  check(echo, 'a-kick-is-told-with-its-reason', {}, async (page) => {
    const ended = await page.evaluate(async () => {
      const answer = await globalThis.ask('kick', { reason: 'too loud' });
      return [answer, await globalThis.client.closed(), await globalThis.ask('echo', {})];
    });
    const closed = 'kicked: too loud';
    assert.deepStrictEqual(ended, [{ code: 200 }, closed, `the connection is closed: ${closed}`]);
  }),
  check(echo, 'a-server-that-stops-says-so', {}, async (page, { child }) => {
    const closed = page.evaluate(() => globalThis.client.closed());
    child.kill('SIGTERM');
    assert.strictEqual(await closed, 'the peer closed the connection with code 1001: "the server is stopping"');
  }),
  check(echo, 'an-answer-that-is-late-is-an-error', {}, async (page) => {
    const answers = await page.evaluate(async () => {
      const { ask, client } = globalThis;
      const delay = (ms, within) => client.requestWithin(within, 'connector.entryHandler.delay', JSON.stringify({ ms }))
        .then(JSON.parse, (error) => error.message);
      return [await delay(60000, 50), await delay(1, 20000), await ask('echo', { n: 1 })];
    });
    assert.deepStrictEqual(answers, ['no answer in time', { ms: 1 }, { n: 1 }]);
  }),
  check(echo, 'what-is-too-long-ends-the-connection', { packages: 1000 }, async (page) => {
    const answers = await page.evaluate(async () => {
      const { ask, client } = globalThis;
      const states = [];
      const open = new Promise((resolve) => {
        client.states((state) => states.push(state) && states.filter((text) => text === 'Open').length === 2 && resolve());
      });
      const before = await ask('echo', { text: 'x'.repeat(800) });
      const failure = await ask('echo', { text: 'x'.repeat(2000) });
      await open;
      return [before.text.length, failure, states[1], await ask('echo', { n: 1 })];
    });
    assert.strictEqual(answers[0], 800);
    assert.match(answers[1], /^the connection was lost before the answer arrived: a package has 20\d\d bytes, the limit is 1000$/);
    assert.match(answers[2], /TooLarge/);
    assert.deepStrictEqual(answers[3], { n: 1 });
  }),
  check(echo, 'a-lost-connection-comes-back-and-keeps-its-listeners', { packages: LONG }, async (page, { child, port }) => {
    await page.evaluate(() => {
      globalThis.came = new Promise((resolve) => {
        globalThis.client.on('onPush', (text) => resolve(JSON.parse(text)));
      });
      globalThis.lost = new Promise((resolve) => {
        globalThis.client.states((state) => state.startsWith('Lost') && resolve(state));
      });
    });
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    assert.match(await page.evaluate(() => globalThis.lost), /WebSocket has failed/);
    const next = await started(echo, ['--port', `${port}`]);
    try {
      const answers = await page.evaluate(async () => {
        const answer = await globalThis.ask('push', { n: 1, text: 'again' });
        return [answer, (await globalThis.came).text];
      });
      assert.deepStrictEqual(answers, [{ code: 200 }, 'again']);
    } finally {
      next.child.kill('SIGKILL');
    }
  }),
  check(echo, 'heartbeats-keep-a-connection', { args: ['--heartbeat', '1'] }, async (page) => {
    // The server ends a client that is silent for two seconds.
    const isOpen = await page.evaluate(() => new Promise((resolve) => {
      setTimeout(() => resolve(globalThis.client.is_open()), 3500);
    }));
    assert.ok(isOpen);
    assert.deepStrictEqual(await page.evaluate(() => globalThis.ask('echo', { n: 1 })), { n: 1 });
  }),
  check(echo, 'a-server-without-heartbeats-is-given-up', { args: ['--heartbeat', '1'] }, async (page, { child }) => {
    child.kill('SIGSTOP');
    const closed = await page.evaluate(() => globalThis.client.closed());
    assert.strictEqual(closed, 'no heartbeat arrived in time');
  }),
] : []);
