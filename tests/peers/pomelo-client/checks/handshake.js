'use strict';

const assert = require('assert');
const { within } = require('../../lib/within');
const { HandshakeRefused } = require('../drivers/connection');
const { entry } = require('./entry');

module.exports = [
  {
    name: 'handshake-returns-user-data',
    async run({ connect }) {
      const user = { name: 'Zoë 漢字', level: 7, tags: ['a', null, true], nested: { x: -1.5 } };
      const connection = await connect({ user });
      assert.deepStrictEqual(connection.user, { echo: user });
    },
  },
  {
    name: 'handshake-announces-heartbeat',
    async run({ connect, heartbeat }) {
      const { handshake } = await connect();
      assert.strictEqual(handshake.code, 200);
      // Both websocket libraries fail at their first request without `sys`.
      assert.ok(handshake.sys, 'the answer has no sys');
      assert.strictEqual(handshake.sys.heartbeat, heartbeat || undefined);
    },
  },
  {
    name: 'handshake-refused-with-500-then-closed',
    async run({ connect }) {
      const refusal = await connect({ user: { refuse: true } }).then(() => null, (error) => error);
      assert.ok(refusal instanceof HandshakeRefused, `not refused: ${refusal}`);
      assert.strictEqual(refusal.code, 500);
      await within(3000, 'close after the refusal', refusal.connection.closed);
    },
  },
  {
    name: 'refusal-costs-no-other-connection',
    async run({ connect }) {
      const connection = await connect();
      await connect({ user: { refuse: 'now' } }).catch(() => {});
      assert.deepStrictEqual(await connection.request(entry('echo'), { still: 'here' }), { still: 'here' });
    },
  },
];
