'use strict';

const assert = require('assert');
const { Package, Message, strencode } = require('pomelo-protocol');
const { entry } = require('./entry');

const streamOnly = {
  drivers: ['tcp'],
  why: 'a websocket message has edges of its own',
};

const json = (value) => strencode(JSON.stringify(value));

module.exports = [
  {
    name: 'several-packages-in-one-write',
    ...streamOnly,
    async run({ connect }) {
      const connection = await connect();
      const requests = Array.from({ length: 20 }, (_, i) => connection.prepare(entry('echo'), json({ i })));
      connection.write(Buffer.concat(requests.map(({ packet }) => packet)));
      const bodies = await Promise.all(requests.map(({ answer }) => answer));
      assert.deepStrictEqual(bodies, Array.from({ length: 20 }, (_, i) => ({ i })));
    },
  },
  {
    name: 'request-byte-by-byte',
    ...streamOnly,
    async run({ connect }) {
      const connection = await connect();
      const { packet, answer } = connection.prepare(entry('echo'), json({ t: 'é漢😀' }));
      for (let at = 0; at < packet.length; at += 1) {
        connection.write(packet.subarray(at, at + 1));
        // A turn of the event loop makes it a segment of its own.
        await new Promise(setImmediate);
      }
      assert.deepStrictEqual(await answer, { t: 'é漢😀' });
    },
  },
  {
    name: 'packages-cut-at-odd-places',
    ...streamOnly,
    async run({ connect }) {
      const connection = await connect();
      const requests = Array.from({ length: 12 }, (_, i) => connection.prepare(entry('echo'), json({ i })));
      const bytes = Buffer.concat(requests.map(({ packet }) => packet));
      for (let at = 0, step = 1; at < bytes.length; at += step, step = (step * 7) % 61) {
        connection.write(bytes.subarray(at, at + step));
        await new Promise(setImmediate);
      }
      const bodies = await Promise.all(requests.map(({ answer }) => answer));
      assert.deepStrictEqual(bodies, Array.from({ length: 12 }, (_, i) => ({ i })));
    },
  },
  {
    name: 'request-in-the-same-write-as-the-ack',
    ...streamOnly,
    async run({ connect }) {
      const connection = await connect({ early: { route: entry('echo'), body: { early: true } } });
      assert.deepStrictEqual(await connection.early, { early: true });
    },
  },
  {
    name: 'several-packages-in-one-websocket-message',
    drivers: ['node', 'browser'],
    why: 'about websocket messages',
    // Measured: real pomelo reads one package a message and closes on two.
    peers: ['echo'],
    async run({ connect }) {
      const connection = await connect();
      const packets = [101, 102, 103].map((id) => {
        const message = Message.encode(id, Message.TYPE_REQUEST, 0, entry('echo'), json({ id }));
        return Package.encode(Package.TYPE_DATA, message);
      });
      connection.write(Buffer.concat(packets));
      await connection.request(entry('echo'), { after: true });
      const bodies = connection.messages.map(({ body }) => JSON.parse(body.toString('utf8')));
      assert.deepStrictEqual(bodies, [{ id: 101 }, { id: 102 }, { id: 103 }, { after: true }]);
    },
  },
];
