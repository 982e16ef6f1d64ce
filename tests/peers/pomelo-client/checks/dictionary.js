'use strict';

const assert = require('assert');
const { createHash } = require('crypto');
const { Message } = require('pomelo-protocol');
const { entry } = require('./entry');

// The user dictionary of the server, in its order; `onOther` is pushed as well.
const PUSHES = ['onPush', 'onProtoPush', 'onNotified', 'onChannel'];

const pushesOf = (connection) => connection.messages.filter(({ type }) => type === Message.TYPE_PUSH);

module.exports = [
  {
    name: 'handshake-carries-all-of-the-dictionary-or-nothing',
    async run({ connect, dict }) {
      const { sys } = (await connect()).handshake;
      if (!dict) {
        for (const key of ['useDict', 'dict', 'routeToCode', 'codeToRoute', 'dictVersion']) assert.ok(!(key in sys), key);
        return;
      }
      assert.strictEqual(sys.useDict, true);
      assert.deepStrictEqual(sys.routeToCode, sys.dict);
      const inverse = Object.fromEntries(Object.entries(sys.dict).map(([route, code]) => [code, route]));
      assert.deepStrictEqual(sys.codeToRoute, inverse);
      const version = createHash('md5').update(JSON.stringify(sys.dict)).digest('base64');
      assert.strictEqual(sys.dictVersion, version);
    },
  },
  {
    name: 'routes-are-numbered-from-1-and-pushes-behind-them',
    needsDict: true,
    async run({ connect }) {
      const { dict } = (await connect()).handshake.sys;
      const routes = Object.keys(dict);
      const handlers = routes.slice(0, -PUSHES.length);
      assert.deepStrictEqual(handlers, [...handlers].sort());
      assert.deepStrictEqual(routes.slice(-PUSHES.length), PUSHES);
      assert.deepStrictEqual(Object.values(dict), routes.map((_, place) => place + 1));
      assert.ok(dict[entry('echo')] > 0);
    },
  },
  {
    name: 'pushes-go-by-their-code',
    needsDict: true,
    async run({ connect }) {
      const connection = await connect();
      const inbox = connection.inbox('onPush');
      await connection.request(entry('push'), { n: 2, text: 'by code' });
      assert.deepStrictEqual((await inbox.take(2)).map(({ seq }) => seq), [0, 1]);
      const code = connection.handshake.sys.dict.onPush;
      for (const push of pushesOf(connection)) {
        assert.deepStrictEqual([push.compressRoute, push.route], [1, code]);
      }
    },
  },
  {
    name: 'pushes-outside-of-the-dictionary-go-by-their-name',
    async run({ connect }) {
      const connection = await connect();
      const inbox = connection.inbox('onOther');
      await connection.request(entry('push'), { n: 1, route: 'onOther' });
      await inbox.next();
      const [push] = pushesOf(connection);
      assert.deepStrictEqual([push.compressRoute, push.route], [0, 'onOther']);
    },
  },
  {
    name: 'an-unknown-code-is-dropped',
    drivers: ['tcp'],
    why: 'the websocket libraries use no code that they were not told',
    async run({ connect }) {
      const connection = await connect();
      for (const code of [0, 999, 65535]) {
        connection.codes.odd = code;
        connection.write(connection.data(77, Message.TYPE_REQUEST, 'odd', Buffer.from('{}')));
      }
      assert.deepStrictEqual(await connection.request(entry('echo'), { ok: 1 }), { ok: 1 });
      assert.deepStrictEqual(connection.messages.length, 1);
    },
  },
  {
    name: 'a-dictionary-that-the-client-has-is-not-sent-again',
    needsDict: true,
    drivers: ['tcp'],
    why: 'of the released clients libpomelo2 alone keeps its dictionary',
    async run({ connect }) {
      const first = (await connect()).handshake.sys;
      const again = await connect({ sys: { dictVersion: first.dictVersion }, codes: first.dict });
      const { sys } = again.handshake;
      assert.deepStrictEqual(Object.keys(sys).filter((key) => /dict|code/i.test(key)), ['useDict']);
      assert.deepStrictEqual(await again.request(entry('echo'), { by: 'code' }), { by: 'code' });
      const inbox = again.inbox('onPush');
      await again.request(entry('push'), { n: 1 });
      assert.strictEqual((await inbox.next()).seq, 0);
      const stale = (await connect({ sys: { dictVersion: 'stale' } })).handshake.sys;
      assert.deepStrictEqual(stale, first);
    },
  },
];
