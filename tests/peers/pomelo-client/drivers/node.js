'use strict';

// The released pomelo-nodejsclient-websocket 0.0.2: an ordinary class, so many
// connections fit in one process.

const PomeloClient = require('pomelo-nodejsclient-websocket');
const { ClosedEarly, Connection, HandshakeRefused } = require('./connection');

// The library looks for a GLOBAL function of this name before it calls the one
// that it was given; without it the server's user data never comes out.
globalThis.handshakeCallback = () => {};

const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing, trace: nothing };

class NodeConnection extends Connection {
  constructor() {
    super();
    this.client = new PomeloClient({ logger: silent });
    this.client.on('onKick', () => this.resolveKicked());
    this.client.on('close', () => this.sawClose());
  }

  open({ host, port, user }) {
    return new Promise((resolve, reject) => {
      this.client.on('io-error', (event) => reject(new Error(`socket error: ${event.message || event}`)));
      this.client.on('error', () => reject(new HandshakeRefused(this.handshake.code, this)));
      this.client.on('close', () => reject(new ClosedEarly(this)));
      const handshakeCallback = (answer) => { this.user = answer; };
      this.client.init({ host, port, user, handshakeCallback }, () => resolve(this));
      this.socket = this.client.socket;
      this.socket.prependListener('message', (bytes) => this.sawFrame(bytes));
    });
  }

  request(route, body) {
    const answer = new Promise((resolve) => this.client.request(route, body, (_, reply) => resolve(reply)));
    return this.answerOrClose(route, answer);
  }

  notify(route, body) {
    this.client.notify(route, body);
  }

  subscribe(route, listener) {
    this.client.on(route, listener);
  }

  write(bytes) {
    this.client.send(bytes);
  }

  close() {
    this.client.disconnect();
  }
}

module.exports = { connect: (options) => new NodeConnection().open(options) };
