'use strict';

// A plugin by hand, which posts what no client would: to the page around it, to the page that has
// started this worker, or into `oddPort` where there is one.

const plain = { a: 1 };
const cyclic = {};
cyclic.self = cyclic;
const nested = (levels) => {
  let list = [];
  for (let i = 1; i < levels; i += 1) list = [list];
  return list;
};
const deep = nested(500);

const values = {
  undefinedInList: () => [undefined, 1],
  undefinedInObject: () => ({ a: undefined, b: 1 }),
  nan: () => [NaN, Infinity],
  negativeZero: () => -0,
  date: () => new Date(0),
  bigint: () => 123456789012345678901234567890n,
  bytes: () => new Uint8Array([1, 2, 255]),
  part: () => new Uint8Array([9, 1, 2, 9]).subarray(1, 3),
  floats: () => new Float64Array([0.5, -1]),
  bigints: () => new BigInt64Array([-5n]),
  buffer: () => new Uint8Array([1, 2]).buffer,
  view: () => new DataView(new Uint8Array([7, 8, 9]).buffer, 1, 2),
  map: () => new Map([['a', new Map([['b', 1n]])]]),
  set: () => new Set([1, 'x']),
  error: () => new TypeError('it is odd'),
  pattern: () => /x/,
  blob: () => new Blob(['x']),
  holes: () => [1, , 2],
  twice: () => [plain, plain],
  boxed: () => [Object('text'), Object(7), Object(true)],
  surrogate: () => 'a\ud800b',
  cyclic: () => cyclic,
  deep: () => deep,
  deeper: () => nested(600),
  objectAsKey: () => new Map([[plain, 1]]),
  sparse: () => Object.assign([], { length: 4294967295 }),
  hugeBytes: () => new Uint8Array(200e6),
  // Each list lies twice in the one around it.
  doubled: () => Array.from({ length: 40 }).reduce((list) => [list, list], []),
  longKey: () => ({ ['x'.repeat(20e6)]: 1 }),
  longBoxed: () => Object('x'.repeat(20e6)),
  longNumber: () => 1n << 20_000_000n,
  listAsKey: () => new Map([[Object.assign([], { length: 4294967295 }), 1]]),
};

const methods = {
  give: (name) => values[name](),
  nested,
  /** Posts a result that has no JSON, for a call of this name. */
  unreadable(name) {
    post({ action: 'response', name, key: 'give', id: 1e9, payload: cyclic });
    return true;
  },
  /** Posts this many events at once. */
  flood(events) {
    for (let i = 0; i < events; i += 1) post({ action: 'emit', key: 'flood', payload: [i] });
    return events;
  },
  /** Posts this many calls that take a minute, and never answers. */
  callsAtOnce(calls) {
    for (let id = 100; id < calls + 100; id += 1) {
      post({ action: 'request', name: 'host', key: 'slow', id, payload: [60000, 1] });
    }
    return new Promise(() => {});
  },
  /** Posts what is not a message. */
  shapes() {
    const shapes = [
      undefined, null, 0, 1n, '', 'text', [], {}, new Map(), new Date(NaN), cyclic, deep,
      { action: 7 }, { action: 'nope' }, { action: 'emit' }, { action: cyclic },
      { action: 'emit', key: cyclic }, { action: 'request', name: null, key: 1n, id: {} },
      { action: 'response', id: 1e300, name: 'remote', key: 'x' }, { action: 'response', id: -5 },
      { action: 'cancel' }, { action: 'off', name: 'host', key: 'never' }, { action: 'on' },
      { action: 'request', name: 'host', key: 'echo', id: 'seven', payload: cyclic },
      { action: 'emit', key: 'cyclic', payload: [cyclic] },
    ];
    shapes.forEach(post);
    return shapes.length;
  },
  /** Asks the host to echo what cannot be JSON, and returns the answer's error. */
  asks() {
    return new Promise((resolve) => {
      waiting.set('42', resolve);
      post({ action: 'request', name: 'host', key: 'echo', id: 42, payload: [cyclic] });
    });
  },
  /** Posts a result that has no JSON, and a name of this many characters. */
  longName(characters) {
    return this.unreadable('x'.repeat(characters));
  },
  /** Posts a message of this many characters. */
  long(characters) {
    post({ action: 'emit', key: 'long', payload: ['x'.repeat(characters)] });
    return true;
  },
  add: (a, b) => a + b,
};

const waiting = new Map();
const port = globalThis.oddPort ?? globalThis;

function post(value) {
  if (port !== globalThis || typeof window === 'undefined') port.postMessage(value);
  else window.parent.postMessage(value, '*');
}

port.addEventListener('message', async ({ data }) => {
  if (data.action === 'response') {
    waiting.get(`${data.id}`)?.(data.error);
    return;
  }
  if (data.action !== 'request') return;
  const { name, key, id } = data;
  const answer = { action: 'response', name, key, id };
  if (key === 'handshake') post({ ...answer, payload: Object.keys(methods) });
  else post({ ...answer, payload: await methods[key](...data.payload) });
});
if (port instanceof MessagePort) port.start();
post({ action: 'request', key: 'handshake', id: -1 });
