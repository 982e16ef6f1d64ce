'use strict';

// Uses examples/file-manager through the released Remix engine and engine-web 0.3.44:
//   node remix-files.js --url ws://HOST:PORT --root DIR [--only CHECK] [--limit S]
// The plugin serves DIR, which is empty, with --write. Beside DIR lies the file `secret`.

const { parseArgs } = require('./lib/args');
const { Checklist, LIMIT } = require('./lib/checklist');
const { PATIENCE, within } = require('./lib/within');
const checks = require('./remix-files/checks');
const { House, websocketPlugin } = require('./remix-engine/house');

async function main() {
  const flags = parseArgs({ url: '', root: '', only: '', limit: LIMIT });
  const list = new Checklist(flags);
  const house = new House(websocketPlugin(flags.url));
  try {
    const methods = await within(PATIENCE, 'the handshake', house.open());
    for (const check of checks) {
      await list.run(check.name, () => check.run({ house, methods, root: flags.root }));
    }
  } catch (error) {
    list.fail('connect', error);
  }
  list.finish();
}

main();
