'use strict';

// A plugin on the released @remixproject/plugin and plugin-ws 0.3.44, over WebSocket or by the
// guide's connector over socket.io 4.8.4:
//   node remix-plugin.js [--port 0] [--socketio]
// Prints `READY <port>` when an engine may connect; ends when stdin closes.

const http = require('http');
const WebSocket = require('ws');
const { Server } = require('socket.io4');
const { applyApi, connectClient } = require('@remixproject/plugin');
const { createClient } = require('@remixproject/plugin-ws');
const { parseArgs } = require('./lib/args');
const { exitWithParent } = require('./lib/parent');
const { SocketIoConnector } = require('./lib/socketio');
const { Remote } = require('./remix-plugin/remote');

const flags = parseArgs({ port: 0, socketio: false });
exitWithParent();

/** Serves engines over WebSocket. */
function websocket() {
  const server = new WebSocket.Server({ host: '127.0.0.1', port: flags.port });
  server.on('connection', (socket) => {
    const remote = new Remote();
    remote.sendText = (text) => socket.send(text);
    remote.closeWith = (code) => socket.close(code);
    createClient(socket, remote);
  });
  return server;
}

/** Serves engines over socket.io. */
function socketio() {
  const server = http.createServer();
  new Server(server, { maxHttpBufferSize: 1e7 }).on('connection', (socket) => {
    const remote = new Remote();
    remote.closeWith = () => socket.disconnect();
    connectClient(new SocketIoConnector(socket), remote);
    applyApi(remote);
  });
  return server.listen(flags.port, '127.0.0.1');
}

const server = flags.socketio ? socketio() : websocket();
server.on('listening', () => console.log(`READY ${server.address().port}`));
server.on('error', (error) => {
  console.error(`cannot listen on port ${flags.port}: ${error.message}`);
  process.exit(1);
});
