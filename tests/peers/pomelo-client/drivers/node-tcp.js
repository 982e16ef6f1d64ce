'use strict';

// The released pomelo-node-tcp-client 0.1.5. It reads one package from each read of its socket,
// so one call follows another, and it answers no heartbeat that shares a read with something.
// Its handshake fails without schemas, and yet it uses none: it looks for them by other names,
// and would read them from a message's head on. A push with a code has no route there, and a
// kick with a reason keeps it busy for ever.

const PomeloClient = require('pomelo-node-tcp-client');
const { Connection } = require('./connection');

// The library sets this without declaring it.
globalThis._hb = 0;

class NodeTcpConnection extends Connection {
  open({ host, port, user }) {
    this.client = new PomeloClient();
    this.client.consoleLogs = false;
    return new Promise((resolve, reject) => {
      this.client.init(host, port, user, (answer) => {
        if (answer.code !== 200) reject(new Error(`handshake refused with code ${answer.code}`));
        this.user = answer.user;
        // An answer behind the first heartbeat in its read would be lost on the library.
        const ready = () => setImmediate(() => resolve(this));
        if (answer.sys.heartbeat) this.client._socket.once('data', ready);
        else ready();
      });
      this.client._socket.on('close', () => this.sawClose());
    });
  }

  request(route, body) {
    return this.answerOrClose(route, new Promise((resolve) => this.client.request(route, body, resolve)));
  }

  notify(route, body) {
    this.client.notify(route, body);
  }

  subscribe(route, listener) {
    this.client.on(route, listener);
  }

  close() {
    // Its own `disconnect` throws.
    this.client._socket.destroy();
  }
}

module.exports = { connect: (options) => new NodeTcpConnection().open(options) };
