'use strict';

// Node's tls, with pomelo-protocol 0.1.6 inside, as a client of three ports:
//   node tls-client.js --port 3010 --expired 3011 --asking 3012 --roots roots.pem
//     --others other-roots.pem --certificate ann.pem --key ann.key

const assert = require('node:assert');
const { once } = require('node:events');
const { readFileSync } = require('node:fs');
const tls = require('node:tls');
const { Package, Message } = require('pomelo-protocol');

const { parseArgs } = require('./lib/args');
const { Checklist, LIMIT } = require('./lib/checklist');
const { exitWithParent } = require('./lib/parent');

const flags = parseArgs({
  port: NaN, expired: NaN, asking: NaN, roots: undefined, others: undefined,
  certificate: undefined, key: undefined, only: '', limit: LIMIT,
});
const HANDSHAKE = Package.encode(Package.TYPE_HANDSHAKE, Buffer.from('{"sys":{}}'));
const ACK = Package.encode(Package.TYPE_HANDSHAKE_ACK);
const ROUTE = 'test.peerHandler.echo';

const ca = readFileSync(flags.roots);

/** An open connection. */
async function open(options = {}) {
  const socket = tls.connect({ port: flags.port, host: 'localhost', ca, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

/** The code of the error with which a connection ends, at the latest when it is read. */
async function failure(options) {
  const socket = tls.connect({ host: 'localhost', ca, ...options });
  socket.on('secureConnect', () => socket.write(HANDSHAKE));
  const [error] = await once(socket, 'error');
  return error.code;
}

/** The next whole package that is not a heartbeat. */
async function read(socket) {
  for (;;) {
    const bytes = socket.unhandled || Buffer.alloc(0);
    const end = bytes.length < 4 ? Infinity : 4 + bytes.readUIntBE(1, 3);
    if (bytes.length >= end) {
      socket.unhandled = bytes.subarray(end);
      const decoded = Package.decode(bytes.subarray(0, end));
      if (decoded.type !== Package.TYPE_HEARTBEAT) return decoded;
      continue;
    }
    const chunk = socket.read();
    if (chunk) socket.unhandled = Buffer.concat([bytes, chunk]);
    else if (socket.readableEnded) throw new Error('the connection has ended');
    else await once(socket, 'readable');
  }
}

/** Shakes hands, and has this body sent back. */
async function echo(socket, body) {
  socket.write(HANDSHAKE);
  const { type } = await read(socket);
  assert.strictEqual(type, Package.TYPE_HANDSHAKE);
  socket.write(ACK);
  const message = Message.encode(1, Message.TYPE_REQUEST, 0, ROUTE, Buffer.from(body));
  socket.write(Package.encode(Package.TYPE_DATA, message));
  const answer = Message.decode((await read(socket)).body);
  assert.strictEqual(Buffer.from(answer.body).toString(), body);
}

const checks = {
  async both_versions() {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      const socket = await open({ minVersion: version, maxVersion: version });
      assert.strictEqual(socket.getProtocol(), version);
      await echo(socket, '{"n":1}');
      socket.destroy();
    }
  },

  async long_bodies() {
    const socket = await open();
    await echo(socket, JSON.stringify('x'.repeat(50000)));
    socket.destroy();
  },

  async bytes_one_by_one() {
    const socket = await open();
    for (const byte of HANDSHAKE) socket.write(Buffer.from([byte]));
    assert.strictEqual((await read(socket)).type, Package.TYPE_HANDSHAKE);
    socket.destroy();
  },

  async a_session_is_resumed() {
    const first = await open({ maxVersion: 'TLSv1.2' });
    await echo(first, '{}');
    const session = first.getSession();
    first.destroy();
    const second = await open({ maxVersion: 'TLSv1.2', session });
    assert.strictEqual(second.isSessionReused(), true);
    await echo(second, '{}');
    second.destroy();
  },

  async half_a_close_is_answered_with_a_regular_end() {
    const socket = await open({ allowHalfOpen: true });
    await echo(socket, '{}');
    const ended = once(socket, 'end');
    socket.end();
    socket.resume();
    await ended;
    socket.destroy();
  },

  async wrong_certificates() {
    assert.strictEqual(await failure({ port: flags.expired }), 'CERT_HAS_EXPIRED');
    const others = readFileSync(flags.others);
    assert.strictEqual(await failure({ port: flags.port, ca: others }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    assert.strictEqual(await failure({ port: flags.port, servername: 'game.example', checkServerIdentity: (_, certificate) => tls.checkServerIdentity('game.example', certificate) }), 'ERR_TLS_CERT_ALTNAME_INVALID');
  },

  async client_certificates() {
    assert.strictEqual(await failure({ port: flags.asking }), 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
    const socket = await open({ port: flags.asking, cert: readFileSync(flags.certificate), key: readFileSync(flags.key) });
    await echo(socket, '{}');
    socket.destroy();
  },
};

async function main() {
  exitWithParent();
  const list = new Checklist(flags);
  for (const [name, check] of Object.entries(checks)) await list.run(name, check);
  list.finish();
}

main();
