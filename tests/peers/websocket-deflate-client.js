'use strict';

// ws 8.23.0 as a client that compresses, with each combination of parameters, of an echo of
// texts that compresses too:
//   node websocket-deflate-client.js --text ws://127.0.0.1:3011 --context true --bits 15
// `context` says whether the echo lets messages point into earlier ones, `bits` the window
// that it allows either side.

const assert = require('node:assert');
const { once } = require('node:events');
const WebSocket = require('ws8');

const { parseArgs } = require('./lib/args');
const { Checklist, LIMIT } = require('./lib/checklist');
const { exitWithParent } = require('./lib/parent');

const flags = parseArgs({ text: undefined, context: 'false', bits: 15, only: '', limit: LIMIT });
const allowsContext = flags.context === 'true';

const TEXTS = ['', 'a', 'Hällo 世界 🌍', 'again and again '.repeat(100), '世界🌍 abc'.repeat(9000)];

/** Everything that ws can offer. */
function* offers() {
  for (const serverNoContextTakeover of [undefined, true]) {
    for (const clientNoContextTakeover of [undefined, true]) {
      for (const serverMaxWindowBits of [undefined, 9, 12, 15]) {
        for (const clientMaxWindowBits of [false, true, 9, 15]) {
          yield { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits };
        }
      }
    }
  }
}

/** What the server has to answer. */
function answer(offer) {
  const client = offer.clientMaxWindowBits;
  const serverBits = Math.min(flags.bits, offer.serverMaxWindowBits ?? 15);
  const clientBits = client ? Math.min(flags.bits, client === true ? 15 : client) : 15;
  const isLimited = client || flags.bits === 15;
  const parts = ['permessage-deflate'];
  if (!allowsContext || offer.serverNoContextTakeover) parts.push('server_no_context_takeover');
  if (!allowsContext || offer.clientNoContextTakeover || !isLimited) parts.push('client_no_context_takeover');
  if (serverBits < 15 || offer.serverMaxWindowBits) parts.push(`server_max_window_bits=${serverBits}`);
  if (clientBits < 15) parts.push(`client_max_window_bits=${clientBits}`);
  return parts.join('; ');
}

async function exchange(offer) {
  const socket = new WebSocket(flags.text, { perMessageDeflate: { threshold: 0, ...offer } });
  const opened = once(socket, 'open');
  const [response] = await once(socket, 'upgrade');
  assert.strictEqual(response.headers['sec-websocket-extensions'], answer(offer));
  await opened;
  const back = [];
  const all = new Promise((resolve) => {
    socket.on('message', (data) => back.push(String(data)) === 3 * TEXTS.length && resolve());
  });
  for (let round = 0; round < 3; round += 1) {
    for (const text of TEXTS) {
      socket.send(text);
      socket.ping('between');
    }
  }
  await all;
  for (const [i, text] of back.entries()) assert.ok(text === TEXTS[i % TEXTS.length], `text ${i}`);
  const size = 3 * Buffer.byteLength(TEXTS.join(''));
  assert.ok(socket._socket.bytesRead < size / 10, `${socket._socket.bytesRead} of ${size} bytes came`);
  socket.send('Häl', { fin: false });
  socket.send('lo ', { fin: false });
  socket.send('世界 🌍', { fin: true });
  assert.strictEqual(String((await once(socket, 'message'))[0]), 'Hällo 世界 🌍');
  const closed = once(socket, 'close');
  socket.close(1000);
  assert.strictEqual((await closed)[0], 1000);
}

async function main() {
  exitWithParent();
  const list = new Checklist(flags);
  for (const offer of offers()) {
    await list.run(JSON.stringify(offer), () => exchange(offer));
  }
  list.finish();
}

main();
