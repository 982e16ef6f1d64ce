'use strict';

const assert = require('assert');
const { createHash } = require('crypto');
const protobuf = require('pomelo-protobuf');
const { Message } = require('pomelo-protocol');
const { entry } = require('./entry');

const ECHO = 'connector.protoHandler.echo';

// A message of every kind of field, its keys in another order than the schema's.
const EVERYTHING = {
  str: 'é 漢 "\n',
  u: 9007199254740991,
  i: -4503599627370496,
  s: -1,
  items: [{ id: 0, mods: [-1, 0, 1] }, { name: 'ß', id: 300 }],
  d: 0.1,
  f: -0.5,
  us: [0, 127, 128, 4294967295],
  strs: ['', 'a'.repeat(200)],
  item: { id: 1 },
};

/** The answers and pushes so far, as bytes. */
const bodiesOf = (connection, wanted) =>
  connection.messages.filter(({ type }) => type === wanted).map(({ body }) => Buffer.from(body));

/** The bytes that the released server writes for a message. */
function encode({ protos }, route, message) {
  protobuf.setEncoderProtos(protos.server);
  const bytes = protobuf.encode(route, message);
  protobuf.setEncoderProtos(protos.client);
  return bytes;
}

async function echoes(connection, message, expected = message) {
  const reply = await connection.request(ECHO, message);
  assert.deepStrictEqual(reply, expected);
  assert.deepStrictEqual(Object.keys(reply), Object.keys(expected));
}

module.exports = [
  {
    name: 'handshake-carries-all-of-the-schemas-or-nothing',
    async run({ connect, proto }) {
      const { sys } = (await connect()).handshake;
      if (!proto) {
        for (const key of ['useProto', 'protos']) assert.ok(!(key in sys), key);
        return;
      }
      assert.strictEqual(sys.useProto, true);
      const { server, client, version } = sys.protos;
      assert.deepStrictEqual(Object.keys(server), [ECHO, 'onProtoPush']);
      assert.deepStrictEqual(Object.keys(client), [ECHO]);
      const text = JSON.stringify(client) + JSON.stringify(server);
      assert.strictEqual(version, createHash('md5').update(text).digest('base64'));
    },
  },
  {
    name: 'every-kind-of-field-comes-back-in-its-order',
    async run({ connect, proto }) {
      const connection = await connect();
      await echoes(connection, EVERYTHING);
      if (!proto) return;
      const [answer] = bodiesOf(connection, Message.TYPE_RESPONSE);
      assert.deepStrictEqual(answer, encode(connection.handshake.sys, ECHO, EVERYTHING));
    },
  },
  {
    name: 'numbers-keep-their-value',
    async run({ connect }) {
      const connection = await connect();
      for (const u of [0, 1, 127, 128, 16384, 4294967295, 4294967296]) await echoes(connection, { u });
      for (const i of [0, -1, 63, -64, 64, -65, 2147483647, -2147483648]) await echoes(connection, { i, s: i });
      for (const d of [-0.1, 1.7976931348623157e308, 123456.789]) await echoes(connection, { str: 'long', d, f: 0.25 });
    },
  },
  {
    name: 'lists-and-messages-of-any-length-come-back',
    async run({ connect }) {
      const connection = await connect();
      for (const count of [1, 127, 128, 1000]) {
        await echoes(connection, { us: Array.from({ length: count }, (_, n) => n), strs: ['x'.repeat(count)] });
        await echoes(connection, { items: Array.from({ length: count }, (_, id) => ({ id })) });
      }
    },
  },
  {
    name: 'what-a-schema-does-not-have-is-left-out',
    needsProto: true,
    async run({ connect }) {
      const connection = await connect();
      await echoes(connection, { u: 1, unknown: 'x', us: [] }, { u: 1 });
      await echoes(connection, {}, {});
    },
  },
  {
    name: 'pushes-with-a-schema-arrive',
    async run({ connect, proto }) {
      const connection = await connect();
      const inbox = connection.inbox('onProtoPush');
      await connection.request(entry('push'), { n: 3, route: 'onProtoPush', text: 'é' });
      const pushed = [0, 1, 2].map((seq) => ({ seq, text: 'é', nums: [seq, 0 - seq] }));
      assert.deepStrictEqual(await inbox.take(3), pushed);
      if (!proto) return;
      const bytes = pushed.map((push) => encode(connection.handshake.sys, 'onProtoPush', push));
      assert.deepStrictEqual(bodiesOf(connection, Message.TYPE_PUSH), bytes);
    },
  },
  {
    name: 'other-routes-stay-json-beside-them',
    needsProto: true,
    async run({ connect }) {
      const connection = await connect();
      assert.deepStrictEqual(await connection.request(entry('echo'), { a: [null, true] }), { a: [null, true] });
      const inbox = connection.inbox('onPush');
      await connection.request(entry('push'), { n: 1, text: 'json' });
      assert.deepStrictEqual(await inbox.next(), { seq: 0, text: 'json', nums: [0, 0] });
    },
  },
  {
    name: 'an-answer-that-lacks-a-required-field-is-empty',
    needsProto: true,
    drivers: ['tcp'],
    why: 'the libraries check what they send themselves',
    async run({ connect }) {
      const connection = await connect();
      // An item without its id, and a field that would be written.
      const reply = await connection.requestBytes(ECHO, Buffer.from([0x4a, 0x00, 0x08, 0x01]));
      assert.deepStrictEqual(reply, {});
      await echoes(connection, { u: 1 });
    },
  },
  {
    name: 'bytes-that-are-no-message-are-answered-and-the-connection-goes-on',
    needsProto: true,
    drivers: ['tcp'],
    why: 'the libraries send no such bytes',
    // Real pomelo throws out of its socket's handler.
    peers: ['echo'],
    async run({ connect }) {
      const connection = await connect();
      for (const bytes of [[0x7b, 0x7d], [0x08], [0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff]]) {
        assert.deepStrictEqual(await connection.requestBytes(ECHO, Buffer.from(bytes)), {});
      }
      await echoes(connection, { u: 1 });
    },
  },
  {
    name: 'schemas-that-the-client-has-are-not-sent-again',
    needsProto: true,
    drivers: ['browser', 'tcp'],
    why: 'pomelo-nodejsclient-websocket keeps no schemas',
    async run({ connect, driver }) {
      const storage = new Map();
      const first = (await connect({ storage })).handshake.sys;
      const kept = { storage, sys: { protoVersion: first.protos.version }, protos: first.protos };
      const again = await connect(kept);
      const { sys } = again.handshake;
      assert.deepStrictEqual([sys.useProto, 'protos' in sys], [true, false]);
      await echoes(again, EVERYTHING);
      if (driver === 'browser') return;
      const stale = (await connect({ sys: { protoVersion: 'stale' } })).handshake.sys;
      assert.deepStrictEqual(stale, first);
    },
  },
];
