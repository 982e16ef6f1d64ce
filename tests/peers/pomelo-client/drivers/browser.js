'use strict';

// The released pomelo-jsclient-websocket 0.1.1, the browser client. It is one
// object per page, so every connection gets a page of its own: a fresh vm
// context with the globals that a browser and the library's companions give it.

const fs = require('fs');
const vm = require('vm');
const { EventEmitter } = require('events');
const rsa = require('node-bignumber');
const WebSocket = require('ws');
const { ClosedEarly, Connection, HandshakeRefused } = require('./connection');

// protocol.js puts window.Protocol in place, protobuf.js of pomelo-protobuf 0.4.0 its
// exports, which a page calls window.protobuf. The client then reads both.
const [protocol, protobuf, client] = [
  'pomelo-protocol/lib/protocol.js',
  'pomelo-protobuf/lib/client/protobuf.js',
  'pomelo-jsclient-websocket/lib/pomelo-client.js',
].map((file) => {
  const filename = require.resolve(file);
  return new vm.Script(fs.readFileSync(filename, 'utf8'), { filename });
});

const nothing = () => {};
const silent = { log: nothing, info: nothing, warn: nothing, error: nothing };

class BrowserConnection extends Connection {
  constructor({ storage = new Map() }) {
    super();
    this.errors = [];
    this.pomelo = loadPage(this, storage);
    this.pomelo.on('onKick', (kick) => this.resolveKicked(kick));
    this.pomelo.on('close', () => this.sawClose());
  }

  open({ host, port, user, encrypt }) {
    return new Promise((resolve, reject) => {
      this.pomelo.on('io-error', (event) => reject(new Error(`socket error: ${event.message}`)));
      this.pomelo.on('error', () => reject(new HandshakeRefused(this.handshake.code, this)));
      this.pomelo.on('close', () => reject(new ClosedEarly(this)));
      const handshakeCallback = (answer) => { this.user = answer; };
      this.pomelo.init({ host, port, user, encrypt, handshakeCallback }, () => resolve(this));
    });
  }

  request(route, body) {
    return this.answerOrClose(route, new Promise((resolve) => this.pomelo.request(route, body, resolve)));
  }

  notify(route, body) {
    this.pomelo.notify(route, body);
  }

  subscribe(route, listener) {
    this.pomelo.on(route, listener);
  }

  write(bytes) {
    this.socket.send(bytes);
  }

  close() {
    this.pomelo.disconnect();
  }
}

/** `storage` is that of the page's site, which outlives it. */
function loadPage(connection, storage) {
  const window = {
    EventEmitter,
    WebSocket: webSocketOf(connection),
    console: silent,
    setTimeout,
    clearTimeout,
    localStorage: {
      getItem: (key) => storage.get(key),
      setItem: (key, text) => storage.set(key, text),
    },
    module: { exports: {} },
    // This world's own, so that what the client decodes compares equal here.
    JSON,
    // The page's RSA library is not on npm; pomelo's server has the same one.
    rsa: new rsa.Key(),
    Uint8Array,
  };
  window.window = window;
  vm.createContext(window);
  protocol.runInContext(window);
  window.module = { exports: {} };
  protobuf.runInContext(window);
  window.protobuf = window.module.exports;
  // The client calls it by this name, which no released version has: a page that uses
  // schemas adds it. What comes of it is made this world's own.
  const { decode } = window.protobuf;
  window.protobuf.decodeStr = (route, bytes) => JSON.parse(JSON.stringify(decode(route, bytes)));
  client.runInContext(window);
  return window.pomelo;
}

/** A WebSocket class as the page sees it, whose one socket `connection` watches. */
function webSocketOf(connection) {
  return class PageSocket extends WebSocket {
    constructor(url) {
      super(url);
      connection.socket = this;
      this.on('message', (bytes) => connection.sawFrame(bytes));
    }

    // A browser reports what a handler throws and carries on; `ws` would let it
    // end the program.
    set onmessage(handler) {
      super.onmessage = (event) => {
        try {
          handler(event);
        } catch (error) {
          connection.errors.push(error);
        }
      };
    }
  };
}

module.exports = { connect: (options) => new BrowserConnection(options).open(options) };
