'use strict';

const assert = require('assert');
const { entry } = require('./entry');

/** The frames in which an answer and three pushes come. */
async function framesOf(connection) {
  const inbox = connection.inbox('onNews');
  await connection.request(entry('push'), { n: 3, route: 'onNews' });
  assert.deepStrictEqual((await inbox.take(3)).map(({ seq }) => seq), [0, 1, 2]);
  return connection.messages.map(({ frame }) => frame);
}

module.exports = [
  {
    name: 'messages-of-an-interval-leave-together',
    needsBuffer: true,
    drivers: ['tcp'],
    why: 'a websocket message may be one package',
    async run({ connect }) {
      const frames = await framesOf(await connect());
      assert.strictEqual(new Set(frames).size, 1, `in the reads ${frames}`);
    },
  },
  {
    name: 'batched-messages-arrive-in-order',
    needsBuffer: true,
    async run({ connect }) {
      assert.strictEqual((await framesOf(await connect())).length, 4);
    },
  },
  {
    // Measured: pomelo joins them, at which its client for Node fails, and after one
    // that its browser client cannot read that loses the others.
    name: 'each-package-of-a-batch-has-a-frame',
    needsBuffer: true,
    drivers: ['node', 'browser'],
    why: 'about websocket messages',
    peers: ['echo'],
    async run({ connect }) {
      const frames = await framesOf(await connect());
      assert.strictEqual(new Set(frames).size, 4, `in the frames ${frames}`);
    },
  },
];
