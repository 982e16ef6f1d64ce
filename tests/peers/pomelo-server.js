'use strict';

// A real pomelo 2.2.7 connector server with the routes of the `echo` example:
//   node pomelo-server.js [--port 0] [--heartbeat 1] [--crypto 0]
//     [--dict] [--proto] [--scheduler direct|buffer] [--connector hybrid|udp|mqtt|sio]
//     [--protos FOLDER]
// With --protos the schemas are those of a folder beneath the repository's root.
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
  protos: 'examples/echo/config',
  scheduler: 'direct',
  crypto: 0,
  connector: 'hybrid',
});
oneOf('connector', flags.connector, ['hybrid', 'udp', 'mqtt', 'sio']);
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
    publishRoute: 'connector.mqttHandler.publish',
    subscribeRoute: 'connector.mqttHandler.subscribe',
    // Of socket.io alone, which has none if nobody names them.
    transports: ['websocket', 'polling'],
    // Its own 25 and 60 are meant as seconds and taken as milliseconds, at which a client that
    // waits for a processor is gone.
    heartbeatInterval: 25000,
    heartbeatTimeout: 60000,
    useCrypto: flags.crypto === 1,
    useDict: flags.dict,
    useProtobuf: flags.proto,
    handshake(msg, answer) {
      const user = msg.user;
      if (user && user.refuse) answer(new Error('refused'));
      else answer(null, { echo: user });
    },
  });
  // By default the same schemas as in the example.
  app.set('protobufConfig', {
    serverProtos: `../../../${flags.protos}/serverProtos.json`,
    clientProtos: `../../../${flags.protos}/clientProtos.json`,
  });
  app.set('pushSchedulerConfig', { scheduler: pomelo.pushSchedulers[flags.scheduler] });
});
