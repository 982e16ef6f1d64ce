'use strict';

// ws 8.23.0 as an echo: node websocket-server.js [--port 0]
// Prints `READY <port>`, and `CLOSED <code>` when a connection ends; ends when
// stdin closes. Some texts are not sent back but ask for something:
//   ping         a ping, and the pong's payload in a text
//   pieces       a text in three frames with a ping among them
//   many         a thousand texts in one write
//   close CODE   a close frame with this code, and a reason

const { WebSocketServer } = require('ws8');

const { parseArgs } = require('./lib/args');
const { exitWithParent } = require('./lib/parent');

const flags = parseArgs({ port: 0 });
exitWithParent();

const commands = {
  ping(socket) {
    socket.once('pong', (payload) => socket.send(`pong ${payload}`));
    socket.ping('payload');
  },
  pieces(socket) {
    socket.send('Häl', { fin: false });
    socket.ping('between');
    socket.send('lo 世', { fin: false });
    socket.send('界 🌍', { fin: true });
  },
  many(socket) {
    socket._socket.cork();
    for (let i = 0; i < 1000; i += 1) socket.send(`${i}`);
    socket._socket.uncork();
  },
  close(socket, code) {
    socket.close(Number(code), 'grün 世界');
  },
};

const server = new WebSocketServer({ host: '127.0.0.1', port: flags.port, perMessageDeflate: true });
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => {
    const [name, argument] = isBinary ? [] : String(data).split(' ');
    const command = Object.hasOwn(commands, name) && commands[name];
    if (command) command(socket, argument);
    else socket.send(data, { binary: isBinary });
  });
  socket.on('close', (code) => console.log(`CLOSED ${code}`));
  socket.on('error', (error) => console.log(`ERROR ${error.message}`));
});
server.on('listening', () => console.log(`READY ${server.address().port}`));
server.on('error', (error) => {
  console.error(`cannot listen on port ${flags.port}: ${error.message}`);
  process.exit(1);
});
