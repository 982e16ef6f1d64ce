'use strict';

const assert = require('assert');
const { Package } = require('pomelo-protocol');
const { PATIENCE, within } = require('../../lib/within');
const { entry } = require('./entry');

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

module.exports = [
  {
    name: 'heartbeats-keep-the-connection',
    needsHeartbeat: true,
    async run({ connect, heartbeat }) {
      const start = Date.now();
      const connection = await connect();
      // More than three intervals, and so more than the server's patience of two.
      await pause(heartbeat * 3300);
      assert.ok(!connection.isClosed, 'closed although heartbeats were sent');
      assert.deepStrictEqual(await connection.request(entry('echo'), { a: 1 }), { a: 1 });
      // One on the ack, then one answer to each of ours, which are late on a busy machine.
      const beats = () => connection.packages.filter(({ type }) => type === Package.TYPE_HEARTBEAT).length;
      while (beats() < 3) await pause(10);
      const intervals = (Date.now() - start) / (heartbeat * 1000);
      assert.ok(beats() <= intervals + 1, `${beats()} heartbeats in ${intervals} intervals`);
    },
  },
  {
    name: 'first-heartbeat-comes-with-the-ack',
    needsHeartbeat: true,
    async run({ connect }) {
      const connection = await connect();
      await connection.request(entry('echo'), {});
      const types = connection.packages.map(({ type }) => type);
      assert.deepStrictEqual(types, [Package.TYPE_HANDSHAKE, Package.TYPE_HEARTBEAT, Package.TYPE_DATA]);
    },
  },
  {
    name: 'heartbeats-go-on-while-the-server-is-busy',
    needsHeartbeat: true,
    peers: ['echo'],
    // The library gives up after two intervals without a package.
    async run({ connect, heartbeat }) {
      const connection = await connect();
      // As many as may run at once, and more behind them that are not taken meanwhile.
      const slow = Array.from({ length: 1024 }, () =>
        connection.request(entry('delay'), { ms: heartbeat * 4500 }),
      );
      const behind = Array.from({ length: 50 }, (_, n) => connection.request(entry('echo'), { n }));
      assert.deepStrictEqual(await Promise.all(behind), behind.map((_, n) => ({ n })));
      await Promise.all(slow);
    },
  },
  {
    name: 'silent-client-is-closed',
    needsHeartbeat: true,
    drivers: ['tcp'],
    why: 'the websocket libraries send heartbeats by themselves and cannot be told not to',
    async run({ connect, heartbeat }) {
      const connection = await connect();
      connection.fallSilent();
      const start = Date.now();
      await within(PATIENCE, 'close of a silent connection', connection.closed);
      const intervals = (Date.now() - start) / (heartbeat * 1000);
      assert.ok(intervals > 1.5, `closed after ${intervals} intervals already`);
    },
  },
];
