'use strict';

// A plugin on the released @remixproject/plugin and plugin-ws 0.3.44:
//   node remix-plugin.js [--port 0]
// Prints `READY <port>` when an engine may connect; ends when stdin closes.

const WebSocket = require('ws');
const { createClient } = require('@remixproject/plugin-ws');
const { parseArgs } = require('./lib/args');
const { exitWithParent } = require('./lib/parent');
const { Remote } = require('./remix-plugin/remote');

const flags = parseArgs({ port: 0 });
exitWithParent();

const server = new WebSocket.Server({ host: '127.0.0.1', port: flags.port });
server.on('connection', (socket) => {
  const remote = new Remote();
  remote.sendText = (text) => socket.send(text);
  remote.closeWith = (code) => socket.close(code);
  createClient(socket, remote);
});
server.on('listening', () => console.log(`READY ${server.address().port}`));
server.on('error', (error) => {
  console.error(`cannot listen on port ${flags.port}: ${error.message}`);
  process.exit(1);
});
