'use strict';

const assert = require('assert');

/** Ids of which some look like UTF-8 when their bytes are taken for it. */
const IDS = [1, 127, 128, 255, 256, 49792, 51369, 65535, 65536, 70000];
const TEXT = 'a 世界 é € ￿ "\\\n';

module.exports = [
  {
    name: 'goes-over-its-transport',
    async run({ connect, transport }) {
      const connection = await connect();
      assert.strictEqual(connection.name, transport === 'polling' ? 'polling' : 'websocket');
      assert.deepStrictEqual(await connection.request('echo', { ok: 1 }), { ok: 1 });
    },
  },
  {
    name: 'echo-with-ids-up-to-70000',
    async run({ connect }) {
      const connection = await connect();
      for (const id of IDS) {
        assert.deepStrictEqual(await connection.request('echo', { id, text: TEXT }, id), { id, text: TEXT });
      }
    },
  },
  {
    name: 'characters-beyond-the-bmp',
    peers: ['echo'],
    async run({ connect }) {
      const connection = await connect();
      const text = '😀 𝄞 a 😀';
      assert.deepStrictEqual(await connection.request('echo', { text }), { text });
    },
  },
  {
    name: 'hundred-at-once',
    async run({ connect }) {
      const connection = await connect();
      const bodies = Array.from({ length: 100 }, (_, i) => ({ i, text: `№ ${i} `.repeat(i) }));
      assert.deepStrictEqual(await Promise.all(bodies.map((body) => connection.request('echo', body))), bodies);
    },
  },
  {
    name: 'long-bodies',
    async run({ connect }) {
      const connection = await connect();
      for (const length of [1000, 70000, 200000]) {
        const text = '漢'.repeat(length);
        assert.deepStrictEqual(await connection.request('echo', { text }), { text });
      }
    },
  },
  {
    name: 'pushes-in-order',
    async run({ connect }) {
      const connection = await connect();
      const pushes = connection.collect('onPush', 200);
      await connection.request('push', { n: 200, route: 'onPush', text: TEXT });
      const bodies = (await pushes).map((push) => push.body);
      assert.deepStrictEqual(bodies.map((body) => body.seq), Array.from({ length: 200 }, (_, i) => i));
      assert.ok(bodies.every((body) => body.text === TEXT));
    },
  },
  {
    name: 'batches-are-arrays',
    needsBuffer: true,
    async run({ connect }) {
      const connection = await connect();
      const pushes = connection.collect('onPush', 50);
      await connection.request('push', { n: 50, route: 'onPush', text: TEXT });
      assert.deepStrictEqual((await pushes).map((push) => push.body.seq), Array.from({ length: 50 }, (_, i) => i));
      assert.ok(connection.batches > 0, 'no array has come');
    },
  },
  {
    name: 'notifies-have-no-answer',
    async run({ connect }) {
      const connection = await connect();
      for (let n = 0; n < 5; n += 1) connection.notify('notify', { n });
      const { count, last } = await connection.request('count', {});
      assert.strictEqual(count, 5);
      assert.strictEqual(last.n, 4);
    },
  },
  {
    name: 'bind-and-unbind',
    async run({ connect }) {
      const connection = await connect();
      const uid = `u${process.pid}-${Math.random()}`;
      assert.deepStrictEqual(await connection.request('bind', { uid }), { code: 200, uid });
      const second = await connection.request('bind', { uid: `${uid}x` });
      assert.strictEqual(second.code, 500);
      assert.deepStrictEqual(await connection.request('unbind', { uid }), { code: 200, uid });
    },
  },
  {
    name: 'channels',
    async run({ connect }) {
      const [one, two] = [await connect(), await connect()];
      const channel = `c${process.pid}-${Math.random()}`;
      await one.request('join', { channel });
      await two.request('join', { channel });
      const heard = [one.collect('onChannel', 1), two.collect('onChannel', 1)];
      await one.request('say', { channel, text: TEXT });
      for (const [push] of await Promise.all(heard)) assert.strictEqual(push.body.text, TEXT);
    },
  },
  {
    name: 'unknown-method',
    async run({ connect }) {
      const connection = await connect();
      assert.strictEqual((await connection.request('noSuchMethod', {})).code, 500);
      assert.deepStrictEqual(await connection.request('echo', { ok: 1 }), { ok: 1 });
    },
  },
  {
    name: 'other-events-and-callbacks-are-ignored',
    async run({ connect }) {
      const connection = await connect();
      connection.io.emit('other', { a: [1] });
      connection.io.emit('other', 'x', () => {});
      assert.deepStrictEqual(await connection.request('echo', { ok: 1 }), { ok: 1 });
    },
  },
  {
    name: 'bytes-of-other-events-are-ignored',
    peers: ['echo'],
    async run({ connect }) {
      const connection = await connect();
      connection.io.emit('blob', Buffer.from([1, 2, 3]), { more: Buffer.alloc(1000, 255) });
      assert.deepStrictEqual(await connection.request('echo', { ok: 1 }), { ok: 1 });
    },
  },
  {
    name: 'kick-with-its-reason',
    async run({ connect, peer }) {
      const connection = await connect();
      const kicked = connection.collect('onKick', 1);
      await connection.request('kick', { reason: 'bye 世' });
      assert.deepStrictEqual(await kicked, [{ route: 'onKick', reason: 'bye 世' }]);
      // Behind pomelo's the transport may end first, and then the client connects again by itself.
      const ends = peer === 'pomelo' ? ['io server disconnect', 'transport close'] : ['io server disconnect'];
      assert.ok(ends.includes(await connection.ended), await connection.ended);
    },
  },
  {
    name: 'kick-of-a-busy-client',
    peers: ['echo'],
    async run({ connect }) {
      const connection = await connect();
      const kicked = connection.collect('onKick', 1);
      const ask = (n) => connection.request('echo', { n, text: TEXT }).catch(() => {});
      for (let n = 0; n < 100; n += 1) ask(n);
      connection.request('kick', { reason: 'too busy' }).catch(() => {});
      const asking = setInterval(ask, 1, 0);
      assert.deepStrictEqual(await kicked, [{ route: 'onKick', reason: 'too busy' }]);
      assert.strictEqual(await connection.ended, 'io server disconnect');
      clearInterval(asking);
    },
  },
  {
    name: 'heartbeats-keep-it-open',
    needsHeartbeat: true,
    async run({ connect, heartbeat }) {
      const connection = await connect();
      // Longer than either side waits for the other.
      const silence = new Promise((resolve) => { setTimeout(resolve, heartbeat * 3000); });
      const ended = await Promise.race([silence, connection.ended]);
      assert.strictEqual(ended, undefined);
      assert.deepStrictEqual(await connection.request('echo', { ok: 1 }), { ok: 1 });
    },
  },
];
