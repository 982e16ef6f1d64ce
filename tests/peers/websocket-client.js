'use strict';

// ws 8.23.0 as a client of two echoes, one of bytes and one of text:
//   node websocket-client.js --binary ws://127.0.0.1:3010 --text ws://127.0.0.1:3011

const assert = require('node:assert');
const { once } = require('node:events');
const WebSocket = require('ws8');

const { parseArgs } = require('./lib/args');
const { Checklist, LIMIT } = require('./lib/checklist');
const { exitWithParent } = require('./lib/parent');
const { checks } = require('./websocket/checks');

const flags = parseArgs({ binary: undefined, text: undefined, only: '', limit: LIMIT });

async function open(url) {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  return socket;
}

/** What only a library can do, not a page. */
const own = {
  async fragments_and_pings() {
    const socket = await open(flags.text);
    const pong = once(socket, 'pong');
    const message = once(socket, 'message');
    socket.send('Häl', { fin: false });
    socket.ping('between');
    socket.send('lo ', { fin: false });
    socket.send('世界 🌍', { fin: true });
    assert.strictEqual(String((await pong)[0]), 'between');
    assert.strictEqual(String((await message)[0]), 'Hällo 世界 🌍');
    socket.terminate();
  },

  async many_in_one_write() {
    const socket = await open(flags.binary);
    const back = [];
    const all = new Promise((resolve) => {
      socket.on('message', (data) => back.push(data.length) === 1000 && resolve());
    });
    socket._socket.cork();
    for (let i = 0; i < 1000; i += 1) socket.send(Buffer.alloc(i));
    socket._socket.uncork();
    await all;
    assert.deepStrictEqual(back, Array.from({ length: 1000 }, (_, i) => i));
    socket.terminate();
  },

  async codes_of_programs() {
    for (const code of [1001, 1011, 1014]) {
      const socket = await open(flags.text);
      const closed = once(socket, 'close');
      socket.close(code, 'r'.repeat(123));
      const [answered, reason] = await closed;
      assert.deepStrictEqual([answered, String(reason)], [code, '']);
    }
  },
};

async function main() {
  exitWithParent();
  const list = new Checklist(flags);
  for (const [name, check] of Object.entries({ ...checks(WebSocket, flags), ...own })) {
    await list.run(name, check);
  }
  list.finish();
}

main();
