'use strict';

// Checks a server of pomelo's sioconnector through a released socket.io-client:
//   node socketio-client.js --url [https://]HOST:PORT --client 1|2|4
//     --transport websocket|polling|upgrade [--heartbeat S] [--peer echo|pomelo]
//     [--scheduler direct|buffer] [--only CHECK] [--limit S]
// The server must serve the routes of the `echo` example.

const { oneOf, parseArgs, parseAddress } = require('./lib/args');
const { Checklist, LIMIT } = require('./lib/checklist');
const { Connection, TRANSPORTS, clients } = require('./socketio/connection');

// The libraries are older than Buffer.from; their warnings would bury real ones.
process.noDeprecation = true;

async function main() {
  const flags = parseArgs({
    url: undefined,
    client: 4,
    transport: undefined,
    heartbeat: 0,
    scheduler: 'direct',
    peer: 'echo',
    only: '',
    limit: LIMIT,
  });
  oneOf('client', String(flags.client), Object.keys(clients));
  oneOf('transport', flags.transport, Object.keys(TRANSPORTS));
  oneOf('peer', flags.peer, ['echo', 'pomelo']);
  const { scheme, host, port } = parseAddress(flags.url);
  const origin = `${scheme === 'https' ? 'https' : 'http'}://${host}:${port}`;
  const list = new Checklist(flags);
  for (const check of require('./socketio/checks')) {
    if (check.peers && !check.peers.includes(flags.peer)) {
      list.skip(check.name, 'real pomelo differs here');
      continue;
    }
    if (check.needsBuffer && flags.scheduler !== 'buffer') {
      list.skip(check.name, 'the server sends each message at once');
      continue;
    }
    if (check.needsHeartbeat && !flags.heartbeat) {
      list.skip(check.name, 'the server runs without heartbeats');
      continue;
    }
    const opened = [];
    const connect = () => {
      const connection = new Connection(origin, flags);
      opened.push(connection);
      return connection.opened();
    };
    await list.run(check.name, () => check.run({ connect, ...flags }));
    for (const connection of opened) connection.close();
  }
  list.finish();
}

main();
