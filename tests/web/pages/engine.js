// The engine in Rust in a page.

import init, * as rust from '/glue/connector_tests_web.js';
import { equal, failures, heard } from './contract.mjs';

const { memory } = await init();
globalThis.memory = () => memory.buffer.byteLength;
Object.assign(globalThis, { equal, failures, heard, rust });
globalThis.place = document.getElementById('place');

/** An engine whose values are JavaScript's. */
globalThis.House = class {
  constructor(timeout = 8000, handshake = 20000, longest = 1 << 24) {
    this.engine = new rust.House(timeout, handshake, longest);
  }

  async call(name, method, ...args) {
    return JSON.parse(await this.engine.call(name, method, JSON.stringify(args)));
  }

  /** The error of a call. */
  failure(name, method, ...args) {
    return this.call(name, method, ...args).then(
      (value) => `resolved with ${JSON.stringify(value)}`,
      (error) => error.message,
    );
  }

  /** Adds a plugin of a kind, and activates it. */
  async open(kind, url, name = 'remote') {
    this.add(kind, url, name);
    await this.engine.activate(name);
    globalThis.house = this;
  }

  add(kind, url, name) {
    if (kind === 'frame') this.engine.frame(name, url, globalThis.place);
    else if (kind === 'opaque') this.engine.frame(name, url, globalThis.place, 'allow-scripts');
    else this.engine[kind](name, url);
  }
};
globalThis.isReady = true;
