'use strict';

// A released socket.io server 4.8.4 with the texts of pomelo's sioconnector and some routes of
// the `echo` example:
//   node socketio-server.js [--port 0]
// Prints `READY <port>` when it accepts connections; ends when stdin closes.

const http = require('http');
const { Server } = require('socket.io4');
const { parseArgs } = require('./lib/args');
const { exitWithParent } = require('./lib/parent');

const flags = parseArgs({ port: 0 });
exitWithParent();

/** Reads a client's text: characters of id and of the route's length, the route, JSON. */
function decode(text) {
  const byte = (at) => text.charCodeAt(at) & 255;
  const id = byte(0) * 2 ** 24 + (byte(1) << 16) + (byte(2) << 8) + byte(3);
  const route = text.slice(5, 5 + byte(4));
  return { id, method: route.split('.')[2], body: JSON.parse(text.slice(5 + byte(4))) };
}

const methods = {
  echo: (socket, body) => body,
  notify(socket, body) {
    socket.data.count = (socket.data.count || 0) + 1;
    socket.data.last = body;
  },
  count: (socket) => ({ count: socket.data.count, last: socket.data.last }),
  bind(socket, { uid }) {
    if (socket.data.uid) return { code: 500 };
    socket.data.uid = uid;
    return { code: 200, uid };
  },
  join(socket, { channel }) {
    socket.join(channel);
    return { code: 200 };
  },
  say(socket, { channel, text }) {
    io.to(channel).emit('message', JSON.stringify({ route: 'onChannel', body: { text } }));
    return { code: 200 };
  },
  push(socket, { n, text }) {
    for (let seq = 0; seq < n; seq += 1) socket.send(JSON.stringify({ route: 'onPush', body: { seq, text } }));
    return { code: 200 };
  },
  batch(socket, { n }) {
    const pushes = Array.from({ length: n }, (_, seq) => ({ route: 'onPush', body: { seq } }));
    socket.send(JSON.stringify(pushes));
    return { code: 200 };
  },
  transport: (socket) => socket.conn.transport.name,
  kick(socket, { reason }) {
    setTimeout(() => {
      socket.send(JSON.stringify({ route: 'onKick', reason }));
      socket.disconnect();
    }, 50);
    return { code: 200 };
  },
};

const server = http.createServer();
// Heartbeats that a test lives to see.
const io = new Server(server, { pingInterval: 300, pingTimeout: 5000 });
io.on('connection', (socket) => {
  socket.on('message', (text) => {
    const { id, method, body } = decode(text);
    const answer = methods[method] ? methods[method](socket, body) : { code: 500 };
    if (id) socket.send(JSON.stringify({ id, body: answer }));
  });
});
server.listen(flags.port, '127.0.0.1', () => console.log(`READY ${server.address().port}`));
