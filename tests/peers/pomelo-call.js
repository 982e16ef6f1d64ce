'use strict';

// Calls a server through a released client library, and compares the answers:
//   node pomelo-call.js --url HOST:PORT --client node|node-tcp|browser|tcp|udp --calls JSON
//   node pomelo-call.js --url unix:PATH --client tcp --calls JSON
//   node pomelo-call.js --url 'PROGRAM ARGS..' --client child --calls JSON
//     [--caller CLIENT] [--pushes JSON] [--encrypt 1] [--stay S] [--kicked JSON] [--closes]
//     [--only ROUTE] [--limit S]
// The calls are `[[route, body, answer], ..]`, the pushes that come of them
// `[[route, body], ..]`. With --caller another library makes the calls, over a connection of its
// own. With --stay the connection has to last that much longer, with --kicked, which
// is `[route, reason]`, a notify has to get it kicked for that reason, and with --closes the server
// has to close it. The browser's client signs its messages
// with --encrypt.

const assert = require('node:assert');

const { parseArgs, parseAddress } = require('./lib/args');
const { Checklist, LIMIT } = require('./lib/checklist');

// The libraries are older than Buffer.from; their warnings would bury real ones.
process.noDeprecation = true;

async function main() {
  const flags = parseArgs({
    url: undefined,
    client: undefined,
    caller: '',
    calls: undefined,
    pushes: '[]',
    encrypt: 0,
    stay: 0,
    kicked: '',
    closes: false,
    only: '',
    limit: LIMIT,
  });
  const list = new Checklist(flags);
  const place = flags.client === 'child' ? { command: flags.url } : parseAddress(flags.url);
  const connect = (client) =>
    require(`./pomelo-client/drivers/${client}`).connect({ user: {}, encrypt: flags.encrypt === 1, ...place });
  const connection = await connect(flags.client);
  const caller = flags.caller ? await connect(flags.caller) : connection;
  const pushes = JSON.parse(flags.pushes).map(([route, body]) => [connection.inbox(route), body]);
  for (const [route, body, answer] of JSON.parse(flags.calls)) {
    await list.run(route, async () => {
      assert.deepStrictEqual(await caller.request(route, body), answer);
    });
  }
  for (const [inbox, body] of pushes) {
    await list.run(inbox.route, async () => assert.deepStrictEqual(await inbox.next(), body));
  }
  if (flags.stay > 0) {
    await list.run('stay', async () => {
      await new Promise((resolve) => setTimeout(resolve, flags.stay * 1000));
      assert.ok(!connection.isClosed, 'it was closed');
    });
  }
  if (flags.kicked) {
    const [route, reason] = JSON.parse(flags.kicked);
    await list.run('kicked', async () => {
      connection.notify(route, reason);
      assert.deepStrictEqual(await connection.kicked, { reason });
    });
  }
  if (flags.closes) await list.run('closes', () => connection.closed);
  connection.close();
  if (caller !== connection) caller.close();
  if (connection.ended) {
    await list.run('exit', async () => assert.strictEqual(await connection.ended, 0));
  }
  list.finish();
}

main();
