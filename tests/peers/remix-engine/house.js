'use strict';

const { Engine, Plugin, PluginManager } = require('@remixproject/engine');
const { WebsocketPlugin } = require('@remixproject/engine-web');
const WebSocket = require('ws');

// engine-web takes the browser's global; `ws` has the same interface.
globalThis.WebSocket = WebSocket;

/** A native plugin for the plugin under test to call and to listen to. */
class Host extends Plugin {
  constructor() {
    super({ name: 'host', methods: ['whoCalled', 'echo', 'add', 'fail', 'failLate', 'slow'], events: ['tick'] });
  }

  whoCalled() {
    const { from, path } = this.currentRequest;
    return { from, path };
  }

  echo(value) {
    return value;
  }

  add(a, b) {
    return a + b;
  }

  fail(text) {
    throw new Error(text);
  }

  failLate(ms, text) {
    return new Promise((_, reject) => setTimeout(() => reject(new Error(text)), ms));
  }

  slow(ms, value) {
    return new Promise((resolve) => setTimeout(() => resolve(value), ms));
  }
}

/**
 * A released engine with three plugins: `host`, `caller` (native, makes the
 * calls) and `remote`, the one under test. Others may be needed, as to show it.
 */
class House {
  constructor(remote, ...others) {
    this.manager = new PluginManager();
    this.host = new Host();
    this.caller = new Plugin({ name: 'caller', methods: [] });
    this.remote = remote;
    this.others = others;
    new Engine().register([this.manager, this.host, this.caller, this.remote, ...others]);
  }

  /** Resolves with the method names that the remote plugin's handshake gave. */
  async open() {
    await this.manager.activatePlugin(['host', 'caller', ...this.others.map(({ name }) => name)]);
    return this.openRemote();
  }

  // Activating resolves before the socket is even open, so the end of the
  // handshake shows only in the profile that it updates.
  openRemote() {
    return new Promise((resolve, reject) => {
      // The engine replays the last event of the kind while it subscribes.
      let isReplay = true;
      this.caller.on('manager', 'profileUpdated', ({ name, methods }) => {
        if (isReplay || name !== 'remote') return;
        this.caller.off('manager', 'profileUpdated');
        resolve(methods);
      });
      isReplay = false;
      this.manager.activatePlugin('remote').then(() => {
        this.remote.socket.addEventListener('error', ({ message }) => reject(new Error(message)));
      }, reject);
    });
  }

  /** Calls a method of the remote plugin. */
  call(method, ...args) {
    return this.caller.call('remote', method, ...args);
  }
}

/** The released connector of the plugin that somebody serves at `url`. */
function websocketPlugin(url) {
  return new WebsocketPlugin({ name: 'remote', methods: [], url });
}

module.exports = { House, websocketPlugin };
