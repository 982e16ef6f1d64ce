// Pomelo's packages: a type, three bytes of length, the body. One or several
// of them are in each WebSocket message.

const HANDSHAKE = 1, ACK = 2, HEARTBEAT = 3, DATA = 4, KICK = 5;
const REQUEST = 0, RESPONSE = 2, PUSH = 3;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function packageOf(type, body = []) {
  return Uint8Array.of(type, body.length >> 16, body.length >> 8, body.length, ...body);
}

function* packagesIn(bytes) {
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + (bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]);
    yield { type: bytes[at], body: bytes.subarray(at + 4, end) };
    at = end;
  }
}

// A message: a flag, an id (none in a push) in groups of seven bits with the
// lowest first, a route (none in a response) behind its length, and JSON.

function requestOf(id, route, body) {
  const bytes = [REQUEST << 1];
  for (; id > 127; id >>>= 7) bytes.push(id & 127 | 128);
  const name = encoder.encode(route);
  return Uint8Array.of(...bytes, id, name.length, ...name, ...encoder.encode(JSON.stringify(body)));
}

function messageIn(bytes) {
  const kind = bytes[0] >> 1 & 7;
  let at = 1, id = 0, route = '';
  if (kind === RESPONSE) {
    for (let shift = 0; ; shift += 7) {
      id += (bytes[at] & 127) << shift;
      if (bytes[at++] < 128) break;
    }
  } else {
    at += 1 + bytes[1];
    route = decoder.decode(bytes.subarray(2, at));
  }
  return { kind, id, route, body: JSON.parse(decoder.decode(bytes.subarray(at)) || '{}') };
}

/** What the server refuses, in its own words. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message || `the server says no (${code})`);
    this.name = 'Refusal';
    this.code = code;
  }
}

/** One connection to the server, from its handshake to its end. */
export class Connection {
  /** Calls `onPush(route, body)`, and at its end `onEnd(kick)`, once. */
  constructor(onPush, onEnd) {
    this.onPush = onPush;
    this.onEnd = onEnd;
    this.calls = new Map();
    this.lastId = 0;
  }

  open(token) {
    return new Promise((resolve, reject) => {
      this.calls.set(0, { resolve, reject });
      this.socket = new WebSocket(location.origin.replace('http', 'ws'));
      this.socket.binaryType = 'arraybuffer';
      this.socket.onopen = () => {
        const hello = { sys: { type: 'chat-page', version: '0.1.0' }, user: { token } };
        this.send(HANDSHAKE, encoder.encode(JSON.stringify(hello)));
      };
      this.socket.onmessage = ({ data }) => {
        for (const { type, body } of packagesIn(new Uint8Array(data))) this.receive(type, body);
      };
      this.socket.onclose = () => this.end();
      this.patience(10);
    });
  }

  request(route, body) {
    return new Promise((resolve, reject) => {
      this.calls.set(++this.lastId, { resolve, reject });
      this.send(DATA, requestOf(this.lastId, route, body));
    });
  }

  close() {
    this.onEnd = () => {};
    this.end();
  }

  send(type, body) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(packageOf(type, body));
  }

  receive(type, body) {
    if (this.beat) this.patience(this.beat * 2);
    if (type === HANDSHAKE) this.welcome(JSON.parse(decoder.decode(body)));
    else if (type === KICK) this.kick = JSON.parse(decoder.decode(body)).reason || 'the server closed the connection';
    else if (type === DATA) {
      const { kind, id, route, body: json } = messageIn(body);
      if (kind === PUSH) this.onPush(route, json);
      else if (json.code && json.code !== 200) this.settle(id).reject(new Refusal(json.code, json.msg));
      else this.settle(id).resolve(json);
    }
  }

  welcome({ code, sys }) {
    if (code !== 200) return this.settle(0).reject(new Refusal(code));
    this.send(ACK);
    clearTimeout(this.silence);
    this.beat = sys?.heartbeat;
    if (this.beat) {
      this.patience(this.beat * 2);
      this.beats = setInterval(() => this.send(HEARTBEAT), this.beat * 1000);
    }
    this.settle(0).resolve();
  }

  /** Takes silence of so many seconds as the end. */
  patience(seconds) {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.end(), seconds * 1000);
  }

  settle(id) {
    const call = this.calls.get(id) || { resolve() {}, reject() {} };
    this.calls.delete(id);
    return call;
  }

  end() {
    clearTimeout(this.silence);
    clearInterval(this.beats);
    this.socket.onclose = this.socket.onmessage = null;
    this.socket.close();
    for (const { reject } of this.calls.values()) reject(new Error('the connection is lost'));
    this.calls.clear();
    const { onEnd } = this;
    this.onEnd = () => {};
    onEnd(this.kick);
  }
}
