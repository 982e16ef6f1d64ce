'use strict';

const assert = require('assert');
const { Package } = require('pomelo-protocol');
const { PATIENCE, within } = require('../../lib/within');
const { ClosedEarly, HandshakeRefused } = require('../drivers/connection');
const { entry } = require('./entry');

const { TYPE_HANDSHAKE: HANDSHAKE, TYPE_KICK: KICK } = Package;

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
      await within(PATIENCE, 'close after the refusal', refusal.connection.closed);
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
  // Pomelo kicks nobody before the ack; its clients hear it all the same, and go on.
  kickedBeforeTheAck('kicked-before-the-handshake-answer', { silent: true }, [KICK]),
  kickedBeforeTheAck('kicked-before-the-ack', { silent: false }, [HANDSHAKE, KICK]),
];

function kickedBeforeTheAck(name, user, packages) {
  return {
    name,
    peers: ['echo'],
    async run({ connect }) {
      const reason = 'not today 世';
      const connection = await connect({ user: { ...user, kick: reason } }).catch((error) => {
        assert.ok(error instanceof ClosedEarly, error);
        return error.connection;
      });
      await within(PATIENCE, 'the kick', connection.kicked);
      await within(PATIENCE, 'the close', connection.closed);
      assert.deepStrictEqual(connection.packages.map(({ type }) => type), packages);
      const told = JSON.parse(connection.packages.at(-1).body.toString('utf8'));
      assert.deepStrictEqual(told, { reason });
      assert.deepStrictEqual(connection.errors || [], []);
      const next = await connect();
      assert.deepStrictEqual(await next.request(entry('echo'), { still: 'here' }), { still: 'here' });
    },
  };
}
