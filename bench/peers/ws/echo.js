'use strict';

// Sends back every message, with Node's ws: node echo.js [--deflate]
// Prints `READY <port>`; ends when stdin closes.

const { WebSocketServer } = require('ws');

// Every message by itself, as ours.
const perMessageDeflate = process.argv.includes('--deflate') && {
  threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true,
};
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate });

server.on('connection', (socket) => {
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});
server.on('listening', () => console.log(`READY ${server.address().port}`));

process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
