'use strict';

const assert = require('assert');
const { entry } = require('./entry');

const IN_FLIGHT = 200;

module.exports = [
  {
    name: 'two-hundred-requests-in-flight',
    async run({ connect }) {
      const connection = await connect();
      const answers = Array.from({ length: IN_FLIGHT }, (_, i) => {
        const body = { i, text: `№ ${i} `.repeat(1 + (i % 50)) };
        // Every third one takes its time, so that answers overtake each other.
        if (i % 3 !== 0) return connection.request(entry('echo'), body);
        return connection.request(entry('delay'), { ...body, ms: (i * 7) % 100 });
      });
      const bodies = await Promise.all(answers);
      bodies.forEach((body, i) => {
        assert.strictEqual(body.i, i);
        assert.strictEqual(body.text, `№ ${i} `.repeat(1 + (i % 50)));
      });
    },
  },
  {
    name: 'slow-request-holds-up-no-other',
    async run({ connect }) {
      const connection = await connect();
      const order = [];
      const slow = connection.request(entry('delay'), { ms: 400 }).then((body) => order.push(['slow', body]));
      const fast = connection.request(entry('echo'), { n: 1 }).then((body) => order.push(['fast', body]));
      await Promise.all([slow, fast]);
      assert.deepStrictEqual(order, [['fast', { n: 1 }], ['slow', { ms: 400 }]]);
    },
  },
  {
    name: 'delays-run-at-the-same-time',
    async run({ connect }) {
      const connection = await connect();
      const start = Date.now();
      await Promise.all(Array.from({ length: 20 }, () => connection.request(entry('delay'), { ms: 500 })));
      const took = Date.now() - start;
      assert.ok(took >= 490 && took < 5000, `twenty delays of 500 ms took ${took} ms`);
    },
  },
  {
    name: 'typed-handler-answers',
    async run({ connect }) {
      const connection = await connect();
      for (const [n, s] of [[0, ''], [41, 'héllo'], [-7, '漢'.repeat(300)], [1000000, 'x']]) {
        const answer = await connection.request('connector.benchHandler.greet', { n, s });
        assert.deepStrictEqual(answer, { code: 200, n: n + 1, s });
      }
    },
  },
  {
    name: 'failing-handler-answers-500',
    async run({ connect }) {
      const connection = await connect();
      assert.deepStrictEqual(await connection.request(entry('fail'), {}), { code: 500 });
      assert.deepStrictEqual(await connection.request(entry('echo'), { ok: 1 }), { ok: 1 });
    },
  },
  {
    name: 'unknown-method-answers-500',
    async run({ connect }) {
      const connection = await connect();
      assert.deepStrictEqual(await connection.request(entry('noSuchMethod'), {}), { code: 500 });
      assert.deepStrictEqual(await connection.request('connector.noSuchHandler.echo', {}), { code: 500 });
      assert.deepStrictEqual(await connection.request(entry('echo'), { ok: 1 }), { ok: 1 });
    },
  },
  {
    name: 'empty-answer-is-an-empty-object',
    async run({ connect }) {
      const connection = await connect();
      assert.deepStrictEqual(await connection.request(entry('empty'), {}), {});
    },
  },
];
