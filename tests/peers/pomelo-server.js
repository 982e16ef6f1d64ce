'use strict';

// A real pomelo 2.2.7 connector server with the routes of the `echo` example:
//   node pomelo-server.js [--port 0] [--heartbeat 1] [--crypto 0]
//     [--dict] [--proto] [--scheduler direct|buffer] [--connector hybrid|udp]
// Prints `READY <port>` when it accepts connections; ends when stdin closes.

const path = require('path');
const { oneOf, parseArgs } = require('./lib/args');
const { exitWithParent } = require('./lib/parent');
const { start } = require('./lib/pomelo');

// pomelo is older than Buffer.from; its warnings would bury real ones.
process.noDeprecation = true;

const flags = parseArgs({
  port: 0,
  heartbeat: 1,
  dict: false,
  proto: false,
  scheduler: 'direct',
  crypto: 0,
  connector: 'hybrid',
});
oneOf('connector', flags.connector, ['hybrid', 'udp']);
oneOf('scheduler', flags.scheduler, ['direct', 'buffer']);
exitWithParent();

// The generated pomelo application does the same: a malformed package throws
// out of pomelo's own socket handlers, and the server is meant to go on.
process.on('uncaughtException', (error) => console.error(error.stack));

start(path.join(__dirname, 'pomelo-server'), flags.port, (pomelo, app) => {
  app.set('name', 'echo');
  app.set('connectorConfig', {
    connector: pomelo.connectors[`${flags.connector}connector`],
    heartbeat: flags.heartbeat || undefined,
    distinctHost: true,
    useCrypto: flags.crypto === 1,
    useDict: flags.dict,
    useProtobuf: flags.proto,
    handshake(msg, answer) {
      const user = msg.user;
      if (user && user.refuse) answer(new Error('refused'));
      else answer(null, { echo: user });
    },
  });
  // The same schemas as in the example.
  app.set('protobufConfig', {
    serverProtos: '../../../examples/echo/config/serverProtos.json',
    clientProtos: '../../../examples/echo/config/clientProtos.json',
  });
  app.set('pushSchedulerConfig', { scheduler: pomelo.pushSchedulers[flags.scheduler] });
});
