'use strict';

// Talks MessagePack to a server, with the released library for it:
//   node msgpack-client.js --url HOST:PORT
// The server is that of `tests/tests/formats/msgpack.rs`.

const assert = require('node:assert');
const net = require('node:net');

const { Encoder, decode, encode } = require('@msgpack/msgpack');
const { Message, Package } = require('pomelo-protocol');

const { parseArgs, parseAddress } = require('./lib/args');
const { Checklist, LIMIT } = require('./lib/checklist');

// The library is older than Buffer.from; its warnings would bury real ones.
process.noDeprecation = true;

/** The capabilities of a peer that reads MessagePack, see handshake.proto. */
const CAPABILITIES = Buffer.from('\x08\x01\x12\x07msgpack').toString('base64');

/** A connection that has agreed on MessagePack. */
class Connection {
  static async open({ host, port }) {
    const socket = net.connect(port, host);
    const connection = new Connection(socket);
    const user = { sys: { type: 'js', version: '1', connector: CAPABILITIES }, user: {} };
    socket.write(Package.encode(Package.TYPE_HANDSHAKE, Buffer.from(JSON.stringify(user))));
    const welcome = JSON.parse(Buffer.from(await connection.take(Package.TYPE_HANDSHAKE)).toString());
    assert.strictEqual(welcome.code, 200);
    const agreed = Buffer.from(welcome.sys.connector, 'base64').toString('latin1');
    assert.ok(agreed.includes('msgpack'), `agreed on ${agreed}`);
    socket.write(Package.encode(Package.TYPE_HANDSHAKE_ACK));
    return connection;
  }

  constructor(socket) {
    this.socket = socket;
    this.packages = [];
    this.waiting = null;
    this.rest = Buffer.alloc(0);
    this.nextId = 1;
    socket.on('data', (bytes) => this.read(bytes));
    socket.on('close', () => this.fail(new Error('the connection was closed')));
    socket.on('error', (error) => this.fail(error));
  }

  read(bytes) {
    this.rest = Buffer.concat([this.rest, bytes]);
    while (this.rest.length >= 4) {
      const end = 4 + this.rest.readUIntBE(1, 3);
      if (this.rest.length < end) break;
      this.packages.push({ type: this.rest[0], body: this.rest.subarray(4, end) });
      this.rest = this.rest.subarray(end);
    }
    this.wake();
  }

  fail(error) {
    this.error = error;
    this.wake();
  }

  wake() {
    if (this.waiting) this.waiting();
  }

  /** Waits for the next package of a type, past heartbeats. */
  async take(type) {
    for (;;) {
      const at = this.packages.findIndex((packed) => packed.type === type);
      if (at >= 0) return this.packages.splice(at, 1)[0].body;
      if (this.error) throw this.error;
      await new Promise((resolve) => {
        this.waiting = resolve;
      });
    }
  }

  send(id, type, route, body) {
    const message = Message.encode(id, type, false, route, Buffer.from(body));
    this.socket.write(Package.encode(Package.TYPE_DATA, message));
  }

  async message() {
    return Message.decode(await this.take(Package.TYPE_DATA));
  }

  async request(route, body) {
    const id = this.nextId++;
    this.send(id, Message.TYPE_REQUEST, route, body);
    const answer = await this.message();
    assert.strictEqual(answer.id, id);
    return answer.body;
  }
}

const VALUES = {
  text: 'é 世 😀 \0 "quoted"',
  small: -1,
  big: 9007199254740991n,
  real: 0.1,
  yes: true,
  names: ['a', '', 'x'.repeat(40), 'y'.repeat(300)],
  numbers: [0, 127, 128, 255, 256, 65535, 65536, 4294967295],
  inner: { text: 'in\'side' },
  counts: { a: 1, b: 70000 },
};

async function main() {
  const flags = parseArgs({ url: undefined, limit: LIMIT });
  const list = new Checklist(flags);
  const connection = await Connection.open(parseAddress(flags.url));
  const big = new Encoder({ useBigInt64: true });
  await list.run('values come back as they are', async () => {
    const answer = await connection.request('test.valueHandler.echo', big.encode(VALUES));
    assert.deepStrictEqual(decode(answer, { useBigInt64: true }), VALUES);
  });
  await list.run('whole numbers are floats too', async () => {
    const answer = await connection.request('test.valueHandler.echo', encode({ ...plain(), real: 3 }));
    assert.strictEqual(decode(answer).real, 3);
  });
  await list.run('a notify is followed by its push', async () => {
    connection.send(0, Message.TYPE_NOTIFY, 'test.valueHandler.tell', encode(plain()));
    const push = await connection.message();
    assert.strictEqual(push.route, 'onTold');
    assert.deepStrictEqual(decode(push.body).names, plain().names);
  });
  await list.run('errors are maps', async () => {
    const answer = await connection.request('test.valueHandler.fail', encode({}));
    assert.deepStrictEqual(decode(answer), { code: 404, msg: 'not here', room: 'den' });
  });
  await list.run('what does not fit is refused', async () => {
    const answer = await connection.request('test.valueHandler.echo', encode({ ...plain(), text: 7 }));
    assert.strictEqual(decode(answer).code, 400);
  });
  await list.run('a large body comes back', async () => {
    const names = Array.from({ length: 5000 }, (_, at) => `name ${at}`);
    const answer = await connection.request('test.valueHandler.echo', encode({ ...plain(), names }));
    assert.deepStrictEqual(decode(answer).names, names);
  });
  connection.socket.destroy();
  list.finish();
}

function plain() {
  return { ...VALUES, big: 7 };
}

main();
