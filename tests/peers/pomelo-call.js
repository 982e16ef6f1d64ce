'use strict';

// Calls a server through a released client library, and compares the answers:
//   node pomelo-call.js --url HOST:PORT --client node|browser|tcp --calls JSON
//     [--only ROUTE] [--limit S]
// The calls are `[[route, body, answer], ..]`.

const assert = require('node:assert');

const { parseArgs, parseAddress } = require('./lib/args');
const { Checklist } = require('./lib/checklist');

// The libraries are older than Buffer.from; their warnings would bury real ones.
process.noDeprecation = true;

async function main() {
  const flags = parseArgs({ url: undefined, client: undefined, calls: undefined, only: '', limit: 60 });
  const driver = require(`./pomelo-client/drivers/${flags.client}`);
  const list = new Checklist(flags);
  const connection = await driver.connect({ user: {}, ...parseAddress(flags.url) });
  for (const [route, body, answer] of JSON.parse(flags.calls)) {
    await list.run(route, async () => {
      assert.deepStrictEqual(await connection.request(route, body), answer);
    });
  }
  connection.close();
  list.finish();
}

main();
