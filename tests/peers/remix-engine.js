'use strict';

// Drives a plugin through the released Remix engine and engine-web 0.3.44:
//   node remix-engine.js --url ws://HOST:PORT [--only CHECK] [--limit S]
//   node remix-engine.js --url http://HOST:PORT --socketio websocket|polling
//   node remix-engine.js --child 'PROGRAM ARGS..' [--ipc]
// Over socket.io it is the guide's connector, with socket.io-client 4.8.4.
// The plugin is called `remote`; somebody else serves it at the url, or it is a program
// that speaks by its standard input and output, or over Node's IPC channel.

const { parseArgs } = require('./lib/args');
const { Checklist, LIMIT } = require('./lib/checklist');
const { PATIENCE, within } = require('./lib/within');
const checks = require('./remix-engine/checks');
const { ChildPlugin } = require('./remix-engine/child');
const endings = require('./remix-engine/endings');
const { House, websocketPlugin } = require('./remix-engine/house');
const { SocketIoPlugin } = require('./lib/socketio');
const memory = require('./remix-engine/memory');
const queue = require('./remix-engine/queue');

async function main() {
  const flags = parseArgs({ url: '', child: '', ipc: false, socketio: '', only: '', limit: LIMIT });
  const list = new Checklist(flags);
  const child = () => new ChildPlugin(flags.child.split(' '), flags.ipc);
  const remote = () => (flags.socketio ? new SocketIoPlugin(flags.url, [flags.socketio]) : websocketPlugin(flags.url));
  const house = new House(flags.child ? child() : remote());
  let methods;
  try {
    methods = await within(PATIENCE, 'the handshake', house.open());
  } catch (error) {
    list.fail('connect', error);
    list.finish();
    return;
  }
  for (const check of [...checks, ...queue, ...memory, ...(flags.child || flags.socketio ? [] : endings)]) {
    if (check.needs && !methods.includes(check.needs)) list.skip(check.name, `the plugin has no method ${check.needs}`);
    else await list.run(check.name, () => check.run({ house, methods }));
  }
  list.finish();
}

main();
