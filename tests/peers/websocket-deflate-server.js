'use strict';

// ws 8.23.0 as an echo that compresses: node websocket-deflate-server.js [--port 0]
// Prints `READY <port>`; ends when stdin closes. What a path says in JSON are the options of
// its connections' compression: ws://127.0.0.1:3010/{"serverMaxWindowBits":10}

const http = require('node:http');
const { WebSocketServer } = require('ws8');

const { parseArgs } = require('./lib/args');
const { exitWithParent } = require('./lib/parent');

const flags = parseArgs({ port: 0 });
exitWithParent();

const servers = new Map();

/** The server with these options. */
function serverOf(path) {
  if (!servers.has(path)) {
    const options = JSON.parse(decodeURIComponent(path.slice(1)) || '{}');
    const server = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0, ...options } });
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
      socket.on('error', (error) => console.log(`ERROR ${error.message}`));
    });
    servers.set(path, server);
  }
  return servers.get(path);
}

const server = http.createServer();
server.on('upgrade', (request, socket, head) => {
  const echo = serverOf(request.url);
  echo.handleUpgrade(request, socket, head, (opened) => echo.emit('connection', opened, request));
});
server.listen(flags.port, '127.0.0.1', () => console.log(`READY ${server.address().port}`));
