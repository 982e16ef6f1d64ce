'use strict';

// Checks a pomelo server through a released client library:
//   node pomelo-client.js --url HOST:PORT --client node|browser|tcp
//     [--heartbeat S] [--dict] [--proto] [--scheduler direct|buffer]
//     [--peer echo|pomelo] [--only CHECK] [--limit S]
// The server must serve the routes of the `echo` example and must have been
// started with the same heartbeat (0: none), `--dict` and `--scheduler`.

const { oneOf, parseArgs, parseAddress } = require('./lib/args');
const { Checklist, LIMIT } = require('./lib/checklist');

// The libraries are older than Buffer.from; their warnings would bury real ones.
process.noDeprecation = true;

const CLIENTS = ['node', 'browser', 'tcp'];
const PEERS = ['echo', 'pomelo'];
const SCHEDULERS = ['direct', 'buffer'];

const checks = [
  ...require('./pomelo-client/checks/handshake'),
  ...require('./pomelo-client/checks/bodies'),
  ...require('./pomelo-client/checks/answers'),
  ...require('./pomelo-client/checks/pushes'),
  ...require('./pomelo-client/checks/sessions'),
  ...require('./pomelo-client/checks/heartbeats'),
  ...require('./pomelo-client/checks/framing'),
  ...require('./pomelo-client/checks/dictionary'),
  ...require('./pomelo-client/checks/batches'),
  ...require('./pomelo-client/checks/protobuf'),
];

async function main() {
  const flags = parseArgs({
    url: undefined,
    client: undefined,
    heartbeat: 1,
    dict: false,
    proto: false,
    scheduler: 'direct',
    peer: 'echo',
    only: '',
    limit: LIMIT,
  });
  oneOf('client', flags.client, CLIENTS);
  oneOf('peer', flags.peer, PEERS);
  oneOf('scheduler', flags.scheduler, SCHEDULERS);
  const address = parseAddress(flags.url);
  const driver = require(`./pomelo-client/drivers/${flags.client}`);
  const list = new Checklist(flags);
  for (const check of checks) {
    const why = reasonToSkip(check, flags);
    if (why) {
      list.skip(check.name, why);
      continue;
    }
    const opened = [];
    const connect = (options) => open(driver, { user: {}, ...address, ...options }, opened);
    const { client, heartbeat, dict, proto, peer } = flags;
    await list.run(check.name, () => check.run({ connect, driver: client, heartbeat, dict, proto, peer }));
    for (const connection of opened) connection.close();
  }
  list.finish();
}

/** Connects, and keeps what it opened so that no check leaves a socket behind. */
async function open(driver, options, opened) {
  const connection = await driver.connect(options);
  opened.push(connection);
  return connection;
}

function reasonToSkip(check, { client, peer, heartbeat, dict, proto, scheduler }) {
  if (check.drivers && !check.drivers.includes(client)) return check.why;
  if (check.peers && !check.peers.includes(peer)) return 'real pomelo differs here';
  if (check.needsHeartbeat && !heartbeat) return 'the server runs without heartbeats';
  if (check.needsDict && !dict) return 'the server runs without a dictionary';
  if (check.needsProto && !proto) return 'the server runs without schemas';
  if (check.needsBuffer && scheduler !== 'buffer') return 'the server sends each message at once';
  return null;
}

main();
