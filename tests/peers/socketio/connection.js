'use strict';

// A connection of a released socket.io-client, with the texts of pomelo's sioconnector.

const clients = {
  1: () => require('socket.io-client'),
  2: () => require('socket.io-client2'),
  4: () => require('socket.io-client4'),
};

const TRANSPORTS = {
  websocket: ['websocket'],
  polling: ['polling'],
  upgrade: ['polling', 'websocket'],
};

/** Four characters of id, one of the route's length, the route, JSON. */
function encode(id, route, body) {
  const head = [id >>> 24, (id >>> 16) & 255, (id >>> 8) & 255, id & 255, route.length];
  return String.fromCharCode(...head) + route + JSON.stringify(body);
}

class Connection {
  /**
   * @param client     the version of socket.io-client: 1, 2 or 4
   * @param transport  websocket, polling, or upgrade from this to that
   */
  constructor(url, { client, transport, path = '/socket.io' }) {
    this.io = clients[client]()(url, {
      transports: TRANSPORTS[transport],
      path,
      forceNew: true,
      reconnection: false,
      // Versions 1 and 2 would pass `null` on, which Node takes for `false`.
      rejectUnauthorized: true,
    });
    this.transport = transport;
    this.id = 0;
    this.waiting = new Map();
    this.pushes = [];
    this.listeners = new Map();
    this.batches = 0;
    this.io.on('message', (text) => this.receive(text));
    this.ended = new Promise((resolve) => { this.io.on('disconnect', resolve); });
    // Whoever waits for an answer is told; nobody else has to be.
    this.ended.then((reason) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`disconnected: ${reason}`));
    });
  }

  /** Waits until it is open, and has moved to a WebSocket if it is to. */
  async opened() {
    await new Promise((resolve, reject) => {
      this.io.on('connect', resolve);
      this.io.on('connect_error', (error) => reject(new Error(`connect_error: ${error && (error.description || error.message)}`)));
      this.io.on('error', (error) => reject(new Error(`error: ${JSON.stringify(error)}`)));
    });
    const engine = this.io.io.engine;
    if (this.transport === 'upgrade' && engine.transport.name !== 'websocket') {
      await new Promise((resolve, reject) => {
        engine.on('upgrade', resolve);
        engine.on('upgradeError', reject);
      });
    }
    return this;
  }

  get name() {
    return this.io.io.engine.transport.name;
  }

  receive(text) {
    const message = JSON.parse(text);
    if (!Array.isArray(message)) return this.handle(message);
    this.batches += 1;
    message.forEach((one) => this.handle(one));
    return undefined;
  }

  handle(message) {
    if (message.id) {
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      waiting.resolve(message.body);
      return;
    }
    this.pushes.push(message);
    for (const listener of this.listeners.get(message.route) || []) listener(message);
  }

  request(route, body, id = (this.id += 1)) {
    const answer = new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.io.send(encode(id, `connector.entryHandler.${route}`, body));
    return answer;
  }

  notify(route, body) {
    this.io.send(encode(0, `connector.entryHandler.${route}`, body));
  }

  /** Waits for so many pushes of a route. */
  collect(route, n) {
    return new Promise((resolve) => {
      const found = [];
      const listener = (message) => {
        found.push(message);
        if (found.length === n) resolve(found);
      };
      this.listeners.set(route, [...(this.listeners.get(route) || []), listener]);
    });
  }

  close() {
    this.io.disconnect();
  }
}

module.exports = { Connection, TRANSPORTS, clients, encode };
