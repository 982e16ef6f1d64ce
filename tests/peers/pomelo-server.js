'use strict';

// A real pomelo 2.2.7 connector server with the routes of the `echo` example:
//   node pomelo-server.js [--port 0] [--heartbeat 1] [--crypto 0]
//     [--dict] [--proto] [--scheduler direct|buffer]
// Prints `READY <port>` when it accepts connections; ends when stdin closes.

const path = require('path');
const { oneOf, parseArgs } = require('./lib/args');
const { exitWithParent } = require('./lib/parent');

// pomelo is older than Buffer.from; its warnings would bury real ones.
process.noDeprecation = true;

const flags = parseArgs({ port: 0, heartbeat: 1, dict: false, proto: false, scheduler: 'direct', crypto: 0 });
oneOf('scheduler', flags.scheduler, ['direct', 'buffer']);
exitWithParent();

// pomelo reads its server description from the command line, where its master
// process would have put it. Port 0 reaches net.Server.listen as it is.
process.argv = [
  process.argv[0],
  process.argv[1],
  'env=development',
  'mode=stand-alone',
  'id=connector-server-1',
  'serverType=connector',
  'frontend=true',
  'host=127.0.0.1',
  `clientPort=${flags.port}`,
];

const pomelo = require('pomelo');
makeTcpWork();

// The generated pomelo application does the same: a malformed package throws
// out of pomelo's own socket handlers, and the server is meant to go on.
process.on('uncaughtException', (error) => console.error(error.stack));

const app = pomelo.createApp({ base: path.join(__dirname, 'pomelo-server') });
app.set('name', 'echo');
app.set('connectorConfig', {
  connector: pomelo.connectors.hybridconnector,
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
app.load('__monitor__', monitorOfOne(app));

app.start((error) => {
  if (error) {
    console.error(error.stack || error);
    process.exit(1);
  }
  const listener = app.components.__connector__.connector.listeningServer;
  listener.on('error', (failure) => {
    console.error(`cannot listen on port ${flags.port}: ${failure.message}`);
    process.exit(1);
  });
  const ready = () => console.log(`READY ${listener.address().port}`);
  if (listener.listening) ready();
  else listener.once('listening', ready);
});

/**
 * pomelo 2.2.7 passes its websocket send options as the encoding of a socket
 * write, which Node has rejected for years, so no TCP client gets an answer.
 * Patched here, on the loaded class, so that the installed package stays as
 * released.
 */
function makeTcpWork() {
  const TcpSocket = require('pomelo/lib/connectors/hybrid/tcpsocket');
  TcpSocket.prototype.send = function send(bytes, options, done) {
    this._socket.write(bytes, done);
  };
}

/**
 * Stands in for the component that would connect to a master process and learn
 * the list of servers there. With one server the list is known, and neither a
 * second process nor a second port is needed.
 */
function monitorOfOne(application) {
  return {
    name: '__monitor__',
    start(done) {
      application.addServers([application.getCurServer()]);
      done();
    },
  };
}
