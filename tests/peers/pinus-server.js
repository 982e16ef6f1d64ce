'use strict';

// A real pinus 1.7.4 connector server with the routes of the `echo` example:
//   node pinus-server.js [--port 0] [--heartbeat 1]
// Prints `READY <port>` when it accepts connections; ends when stdin closes.

const path = require('path');
const { parseArgs } = require('./lib/args');
const { exitWithParent } = require('./lib/parent');

process.noDeprecation = true;

const flags = parseArgs({ port: 0, heartbeat: 1 });
exitWithParent();

// As for pomelo-server.js: the description that a master process would give. Port 0
// reaches net.Server.listen as it is.
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

// pinus asks it of its applications.
require('reflect-metadata');
const { pinus } = require('pinus');

process.on('uncaughtException', (error) => console.error(error.stack));

const app = pinus.createApp({ base: path.join(__dirname, 'pinus-server') });
app.set('name', 'echo');
app.set('connectorConfig', {
  connector: pinus.connectors.hybridconnector,
  heartbeat: flags.heartbeat || undefined,
  distinctHost: true,
  handshake(msg, answer) {
    const user = msg.user;
    if (user && user.refuse) answer(new Error('refused'));
    else answer(null, { echo: user });
  },
});
app.load('__monitor__', monitorOfOne(app));

app.start((error) => {
  if (error) {
    console.error(error.stack || error);
    process.exit(1);
  }
  const listener = app.components.__connector__.connector.listeningServer;
  const ready = () => console.log(`READY ${listener.address().port}`);
  if (listener.listening) ready();
  else listener.once('listening', ready);
});

/** Stands in for the component that would connect to a master process. */
function monitorOfOne(application) {
  return {
    name: '__monitor__',
    start(done) {
      application.addServers([application.getCurServer()]);
      done();
    },
  };
}
