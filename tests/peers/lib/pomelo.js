'use strict';

/**
 * Starts a pomelo application of one connector server, without the master that would
 * start it. `configure` gets pomelo and the application.
 */
function start(base, port, configure) {
  // pomelo reads its server description from the command line, where its master
  // process would have put it. Port 0 reaches net.Server.listen as it is.
  process.argv = [
    ...process.argv.slice(0, 2),
    'env=development',
    'mode=stand-alone',
    'id=connector-server-1',
    'serverType=connector',
    'frontend=true',
    'host=127.0.0.1',
    `clientPort=${port}`,
  ];
  const pomelo = require('pomelo');
  const servers = watchServers();
  makeTcpWork();
  const app = pomelo.createApp({ base });
  configure(pomelo, app);
  app.load('__monitor__', monitorOfOne(app));
  app.start((error) => {
    if (error) {
      console.error(error.stack || error);
      process.exit(1);
    }
    // The UDP connector has a socket instead, the one for MQTT a server of its own, and that of
    // socket.io keeps its server to itself.
    const { listeningServer, socket, mqttServer } = app.components.__connector__.connector;
    const listener = listeningServer || socket || mqttServer || servers[0];
    listener.on('error', (failure) => {
      console.error(`cannot listen on port ${port}: ${failure.message}`);
      process.exit(1);
    });
    const ready = () => console.log(`READY ${listener.address().port}`);
    if (isBound(listener)) ready();
    else listener.once('listening', ready);
  });
}

/** Keeps the HTTP servers that are made from now on. */
function watchServers() {
  const http = require('http');
  const create = http.createServer;
  const servers = [];
  http.createServer = (...args) => {
    const server = create(...args);
    servers.push(server);
    return server;
  };
  return servers;
}

/** A UDP socket that is not bound throws. */
function isBound(listener) {
  try {
    return listener.address() !== null;
  } catch {
    return false;
  }
}

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

module.exports = { start };
