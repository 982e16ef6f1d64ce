'use strict';

// A pomelo 2.2.7 application with one connector server, without its master:
//   node pomelo-app.js --base FOLDER [--port 0]
// The folder has pomelo's `app/servers` and `config`, and an `app.js` that exports
// `(pomelo, app) => ..`. Prints `READY <port>`; ends when stdin closes.

const path = require('path');
const { parseArgs } = require('./lib/args');
const { exitWithParent } = require('./lib/parent');
const { start } = require('./lib/pomelo');

process.noDeprecation = true;

const flags = parseArgs({ base: undefined, port: 0 });
exitWithParent();
const base = path.resolve(flags.base);
start(base, flags.port, require(path.join(base, 'app.js')));
