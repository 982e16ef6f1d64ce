'use strict';

// Answers greetings in the texts of pomelo's sioconnector, with Node's socket.io: node greet.js
// Prints `READY <port>`; ends when stdin closes.

const http = require('http');
const { Server } = require('socket.io');

const server = http.createServer();
// Heartbeats are off in the others.
const io = new Server(server, { pingInterval: 24 * 60 * 60 * 1000 });

io.on('connection', (socket) => {
  socket.on('message', (text) => {
    const byte = (at) => text.charCodeAt(at) & 255;
    const id = byte(0) * 2 ** 24 + (byte(1) << 16) + (byte(2) << 8) + byte(3);
    const { n, s } = JSON.parse(text.slice(5 + byte(4)));
    socket.emit('message', JSON.stringify({ id, body: { code: 200, n: n + 1, s } }));
  });
});
server.listen(0, '127.0.0.1', () => console.log(`READY ${server.address().port}`));

process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
