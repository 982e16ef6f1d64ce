'use strict';

// A TCP client of our own, because checks of the byte stream must decide where a
// write begins and ends and when a heartbeat stays away. Every package and
// message it sends or reads goes through the released pomelo-protocol 0.1.6, and
// bodies with a schema through pomelo-protobuf 0.4.0.

const net = require('net');
const protobuf = require('pomelo-protobuf');
const { Package, Message, strencode, strdecode } = require('pomelo-protocol');
const { ClosedEarly, Connection, HandshakeRefused } = require('./connection');

const HEAD_BYTES = 4;

class TcpConnection extends Connection {
  constructor() {
    super();
    this.buffered = Buffer.alloc(0);
    this.nextId = 1;
    this.answers = new Map();
    this.listeners = new Map();
    this.heartbeatSeconds = 0;
    this.isSilent = false;
    this.codes = {};
    this.protos = { server: {}, client: {} };
  }

  /**
   * The request `early`, if given, goes out in the same write as the ack. `sys`
   * is sent besides the client's type; `codes` are those of routes, and `protos`
   * the schemas, that the client has kept.
   */
  open({ user, early, sys, codes, protos, ...place }) {
    return new Promise((resolve, reject) => {
      this.onHandshake = (answer) => {
        if (answer.code !== 200) {
          reject(new HandshakeRefused(answer.code, this));
          return;
        }
        this.user = answer.user;
        this.heartbeatSeconds = (answer.sys && answer.sys.heartbeat) || 0;
        this.codes = (answer.sys && answer.sys.dict) || codes || {};
        this.protos = (answer.sys && answer.sys.protos) || protos || this.protos;
        this.write(this.ackWith(early));
        resolve(this);
      };
      this.dial(place, () => {
        const hello = { sys: { type: 'tcp-driver', version: '0.0.1', ...sys }, user };
        this.write(Package.encode(Package.TYPE_HANDSHAKE, strencode(JSON.stringify(hello))));
      });
      this.socket.on('error', reject);
      this.socket.on('close', () => {
        clearTimeout(this.heartbeatTimer);
        this.sawClose();
        reject(new ClosedEarly(this));
      });
    });
  }

  /** Makes the socket, and calls `dialled` when it can be written to. */
  dial({ host, port, path }, dialled) {
    this.socket = net.connect(path ? { path } : { host, port, noDelay: true }, dialled);
    this.socket.on('data', (chunk) => this.feed(chunk));
  }

  ackWith(early) {
    const ack = Package.encode(Package.TYPE_HANDSHAKE_ACK);
    if (!early) return ack;
    const { packet, answer } = this.prepare(early.route, strencode(JSON.stringify(early.body)));
    this.early = answer;
    return Buffer.concat([ack, packet]);
  }

  request(route, body) {
    return this.requestBytes(route, this.encode(route, body));
  }

  /** A request whose body need not be JSON. */
  requestBytes(route, bytes) {
    const { packet, answer } = this.prepare(route, bytes);
    this.write(packet);
    return answer;
  }

  /** The bytes of a request and its answer, for checks that write it their own way. */
  prepare(route, bytes) {
    const id = this.nextId;
    this.nextId += 1;
    const packet = this.data(id, Message.TYPE_REQUEST, route, bytes);
    const answer = new Promise((resolve) => this.answers.set(id, { route, resolve }));
    return { packet, answer: this.answerOrClose(route, answer) };
  }

  notify(route, body) {
    this.write(this.data(0, Message.TYPE_NOTIFY, route, this.encode(route, body)));
  }

  /** A body by its route's schema if it has one. Without any fields it is empty. */
  encode(route, body) {
    if (!this.protos.client[route]) return strencode(JSON.stringify(body));
    protobuf.setEncoderProtos(this.protos.client);
    return protobuf.encode(route, body) || Buffer.alloc(0);
  }

  decode(route, body) {
    if (!this.protos.server[route]) return JSON.parse(strdecode(body));
    protobuf.setDecoderProtos(this.protos.server);
    return protobuf.decode(route, body);
  }

  /** A message in a package, by its route's code if it has one. */
  data(id, type, route, bytes) {
    const code = this.codes[route];
    return Package.encode(Package.TYPE_DATA, Message.encode(id, type, code ? 1 : 0, code || route, bytes));
  }

  subscribe(route, listener) {
    this.listeners.set(route, listener);
  }

  write(bytes) {
    this.socket.write(bytes);
  }

  /** Sends no heartbeat from now on. */
  fallSilent() {
    this.isSilent = true;
    clearTimeout(this.heartbeatTimer);
  }

  close() {
    this.socket.destroy();
  }

  feed(chunk) {
    this.frames += 1;
    this.buffered = Buffer.concat([this.buffered, chunk]);
    while (this.buffered.length >= HEAD_BYTES) {
      const size = HEAD_BYTES + this.buffered.readUIntBE(1, 3);
      if (this.buffered.length < size) return;
      const { type, body } = Package.decode(this.buffered.subarray(0, size));
      this.buffered = this.buffered.subarray(size);
      this.sawPackage(type, body);
      this.handlePackage(type, body);
    }
  }

  handlePackage(type, body) {
    if (type === Package.TYPE_HANDSHAKE) this.onHandshake(JSON.parse(strdecode(body)));
    if (type === Package.TYPE_HEARTBEAT) this.handleHeartbeat();
    if (type === Package.TYPE_DATA) this.handleMessage(Message.decode(body));
    if (type === Package.TYPE_KICK) this.resolveKicked(JSON.parse(strdecode(body)));
  }

  handleHeartbeat() {
    if (this.isSilent || !this.heartbeatSeconds) return;
    clearTimeout(this.heartbeatTimer);
    this.heartbeatTimer = setTimeout(() => {
      this.write(Package.encode(Package.TYPE_HEARTBEAT));
    }, this.heartbeatSeconds * 1000);
  }

  handleMessage({ id, type, compressRoute, route, body }) {
    if (type === Message.TYPE_PUSH) {
      const name = compressRoute ? Object.keys(this.codes).find((key) => this.codes[key] === route) : route;
      const listener = this.listeners.get(name);
      if (listener) listener(this.decode(name, body));
      return;
    }
    const answer = this.answers.get(id);
    if (!answer) throw new Error(`an answer to request ${id}, which is not open`);
    this.answers.delete(id);
    answer.resolve(this.decode(answer.route, body));
  }
}

module.exports = { TcpConnection, connect: (options) => new TcpConnection().open(options) };
