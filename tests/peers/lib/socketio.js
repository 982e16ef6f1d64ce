'use strict';

// Both sides of the guide's connector for socket.io: each message is the object that an event
// `message` carries.

const { PluginConnector } = require('@remixproject/engine');
const { io } = require('socket.io-client4');
const { parsed } = require('./junk');

/** The plugin's side, on a connection of a server. */
class SocketIoConnector {
  constructor(socket) {
    this.socket = socket;
  }

  send(message) {
    this.socket.emit('message', message);
  }

  on(listener) {
    this.socket.on('message', listener);
  }
}

/** The engine's side: a plugin at a server. */
class SocketIoPlugin extends PluginConnector {
  constructor(url, transports) {
    super({ name: 'remote', methods: [], url });
    this.transports = transports;
  }

  connect(url) {
    this.io = io(url, { transports: this.transports, forceNew: true });
    this.io.on('message', (message) => this.getMessage(message));
    this.socket = new Facade(this.io);
  }

  send(message) {
    this.io.emit('message', message);
  }

  disconnect() {
    this.io.disconnect();
  }
}

/** As much of a WebSocket as the checks look at. */
class Facade {
  constructor(socket) {
    this.socket = socket;
    this.OPEN = 1;
    this.CLOSED = 3;
  }

  get readyState() {
    return this.socket.connected ? this.OPEN : this.CLOSED;
  }

  addEventListener(name, listener) {
    this.socket.on(name === 'error' ? 'connect_error' : name, listener);
  }

  /** Sends a text that need not be a message: as the JSON that it is, or as a text. */
  send(text) {
    const value = parsed(text);
    this.socket.emit('message', value === undefined ? text : value);
  }
}

module.exports = { SocketIoConnector, SocketIoPlugin };
