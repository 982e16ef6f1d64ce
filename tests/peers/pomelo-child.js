'use strict';

// A server of pomelo's protocol, whose packages are written and read by the released
// pomelo-protocol 0.1.6:
//   node pomelo-child.js              over standard input and output, as a child process
//   node pomelo-child.js --path PATH  on a Unix socket
// On a socket it prints `READY 0` when it accepts connections, and ends when stdin closes.

const fs = require('fs');
const net = require('net');

const { parseArgs } = require('./lib/args');
const { exitWithParent } = require('./lib/parent');

// The library is older than Buffer.from; its warnings would bury real ones.
process.noDeprecation = true;

const { Package, Message, strencode, strdecode } = require('pomelo-protocol');

const HEAD_BYTES = 4;
const json = (value) => strencode(JSON.stringify(value));

const { path } = parseArgs({ path: '' });
if (path) listen();
else serve(process.stdin, process.stdout).on('end', () => process.exit(0));

/** Listens at the path, also where a server that was killed has left its socket. */
function listen() {
  exitWithParent();
  fs.rmSync(path, { force: true });
  net.createServer((socket) => serve(socket, socket)).listen(path, () => console.log('READY 0'));
}

/** Serves one client. Returns what is read. */
function serve(input, output) {
  const write = (type, body) => output.write(Package.encode(type, body));
  const routes = {
    'game.main.echo': (body) => body,
    'game.main.process': () => process.pid,
    'game.main.push': (body) => {
      write(Package.TYPE_DATA, Message.encode(0, Message.TYPE_PUSH, 0, 'onPush', json(body)));
      return true;
    },
    'game.main.kick': (reason) => {
      write(Package.TYPE_KICK, json({ reason }));
      output.end();
    },
  };

  function handle({ type, body }) {
    if (type === Package.TYPE_HANDSHAKE) {
      write(Package.TYPE_HANDSHAKE, json({ code: 200, sys: { heartbeat: 0 } }));
    } else if (type === Package.TYPE_DATA) {
      const { id, type: kind, route, body: bytes } = Message.decode(body);
      const answer = routes[route](bytes.length ? JSON.parse(strdecode(bytes)) : null);
      if (kind === Message.TYPE_NOTIFY) return;
      write(Package.TYPE_DATA, Message.encode(id, Message.TYPE_RESPONSE, 0, null, json(answer)));
    }
  }

  let chunks = [];
  return input.on('data', (chunk) => {
    chunks.push(chunk);
    let buffered = Buffer.concat(chunks);
    while (buffered.length >= HEAD_BYTES) {
      const size = HEAD_BYTES + buffered.readUIntBE(1, 3);
      if (buffered.length < size) break;
      handle(Package.decode(buffered.subarray(0, size)));
      buffered = buffered.subarray(size);
    }
    chunks = [buffered];
  });
}
