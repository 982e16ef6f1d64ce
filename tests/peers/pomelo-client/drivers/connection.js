'use strict';

const { Package, Message } = require('pomelo-protocol');
const { Inbox } = require('./inbox');

/**
 * What every driver gives the checks: one connection that has passed the
 * handshake. A driver fills in `request`, `notify`, `subscribe`, `write` and
 * `close`, calls `sawPackage` for each package that arrives and `sawClose` once.
 *
 * Fields: `user` is the user part of the handshake answer as the client library
 * hands it out; `packages` is what really came over the wire, in order, each
 * `{type, body, at, frame}`, because some libraries drop parts of it (a kick's
 * reason, the order of an answer among pushes). `frame` counts the websocket
 * messages, or the reads of a stream, in which they came.
 */
class Connection {
  constructor() {
    this.user = undefined;
    this.packages = [];
    this.frames = 0;
    this.isClosed = false;
    this.closed = new Promise((resolve) => { this.resolveClosed = resolve; });
    this.kicked = new Promise((resolve) => { this.resolveKicked = resolve; });
    this.inboxes = new Map();
  }

  /** The pushes on a route from now on, in order. */
  inbox(route) {
    if (!this.inboxes.has(route)) {
      const inbox = new Inbox(route);
      this.inboxes.set(route, inbox);
      this.subscribe(route, (body) => inbox.put(body));
    }
    return this.inboxes.get(route);
  }

  sawPackage(type, body) {
    this.packages.push({ type, body: Buffer.from(body || []), at: Date.now(), frame: this.frames });
  }

  /** For transports where one message holds whole packages. */
  sawFrame(bytes) {
    this.frames += 1;
    for (const { type, body } of [].concat(Package.decode(Buffer.from(bytes)))) this.sawPackage(type, body);
  }

  sawClose() {
    this.isClosed = true;
    this.resolveClosed();
  }

  /** The handshake answer as it stood on the wire. */
  get handshake() {
    const answer = this.packages.find(({ type }) => type === Package.TYPE_HANDSHAKE);
    return answer && JSON.parse(answer.body.toString('utf8'));
  }

  /** Every data package so far, decoded: `{id, type, compressRoute, route, body, frame}`. */
  get messages() {
    const data = this.packages.filter(({ type }) => type === Package.TYPE_DATA);
    return data.map(({ body, frame }) => ({ ...Message.decode(body), frame }));
  }

  /** Rejects a pending answer when the connection goes first. */
  answerOrClose(route, answer) {
    const gone = this.closed.then(() => { throw new Error(`closed before the answer to ${route}`); });
    gone.catch(() => {});
    return Promise.race([answer, gone]);
  }
}

/** The server answered the handshake with another code than 200. */
class HandshakeRefused extends Error {
  constructor(code, connection) {
    super(`handshake refused with code ${code}`);
    this.code = code;
    this.connection = connection;
  }
}

/** The server closed before it answered the handshake. */
class ClosedEarly extends Error {
  constructor(connection) {
    super('closed before the handshake answer');
    this.connection = connection;
  }
}

module.exports = { ClosedEarly, Connection, HandshakeRefused };
