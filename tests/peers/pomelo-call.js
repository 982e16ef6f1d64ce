'use strict';

// Calls a server through a released client library, and compares the answers:
//   node pomelo-call.js --url HOST:PORT --client node|browser|tcp|udp --calls JSON
//     [--pushes JSON] [--encrypt 1] [--stay S] [--only ROUTE] [--limit S]
// The calls are `[[route, body, answer], ..]`, the pushes that come of them
// `[[route, body], ..]`. With --stay the connection has to last that much longer. The browser's
// client signs its messages with --encrypt.

const assert = require('node:assert');

const { parseArgs, parseAddress } = require('./lib/args');
const { Checklist } = require('./lib/checklist');

// The libraries are older than Buffer.from; their warnings would bury real ones.
process.noDeprecation = true;

async function main() {
  const flags = parseArgs({
    url: undefined,
    client: undefined,
    calls: undefined,
    pushes: '[]',
    encrypt: 0,
    stay: 0,
    only: '',
    limit: 60,
  });
  const driver = require(`./pomelo-client/drivers/${flags.client}`);
  const list = new Checklist(flags);
  const connection = await driver.connect({ user: {}, encrypt: flags.encrypt === 1, ...parseAddress(flags.url) });
  const pushes = JSON.parse(flags.pushes).map(([route, body]) => [connection.inbox(route), body]);
  for (const [route, body, answer] of JSON.parse(flags.calls)) {
    await list.run(route, async () => {
      assert.deepStrictEqual(await connection.request(route, body), answer);
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
  connection.close();
  list.finish();
}

main();
