'use strict';

// The released engine and engine-web 0.3.44 in a page, with one plugin called `remote`.

const { Plugin } = require('@remixproject/engine');
const { IframePlugin, WebWorkerPlugin } = require('@remixproject/engine-web');
const checks = require('../../peers/remix-engine/checks');
const { House } = require('../../peers/remix-engine/house');
const memory = require('../../peers/remix-engine/memory');
const queue = require('../../peers/remix-engine/queue');
const { parsed } = require('../../peers/lib/junk');

const [OPEN, CLOSED] = [1, 3];

/** What the checks know of a WebSocket, over what the plugin has instead. */
function socket(isOpen, post) {
  return {
    OPEN,
    CLOSED,
    get readyState() {
      return isOpen() ? OPEN : CLOSED;
    },
    send: (text) => post(parsed(text)),
    addEventListener() {},
  };
}

class Frame extends IframePlugin {
  get socket() {
    return socket(() => this.iframe.isConnected, (value) => this.source.postMessage(value, this.origin));
  }
}

class Thread extends WebWorkerPlugin {
  get socket() {
    return socket(() => this.isOpen, (value) => this.worker.postMessage(value));
  }

  connect(url) {
    this.isOpen = true;
    return super.connect(url);
  }

  disconnect() {
    this.isOpen = false;
    super.disconnect();
  }
}

/** The place of the frames. */
class Panel extends Plugin {
  constructor() {
    super({ name: 'panel', methods: ['addView', 'removeView'] });
  }

  addView(_, view) {
    document.body.append(view);
  }

  removeView() {}
}

/** The plugin that gives others the colours. */
class Theme extends Plugin {
  constructor() {
    super({ name: 'theme', methods: ['currentTheme'], events: ['themeChanged'] });
  }

  currentTheme() {
    return { url: '/first.css', quality: 'dark' };
  }
}

const list = [...checks, ...queue, ...memory];

globalThis.checks = list.map(({ name }) => name);

/** Opens the plugin at `url`, in a frame or a worker. */
globalThis.open = async ({ kind, url }) => {
  const profile = { name: 'remote', methods: [], url, location: 'panel' };
  const remote = kind === 'worker' ? new Thread(profile) : new Frame(profile);
  globalThis.house = new House(remote, new Panel(), new Theme());
  globalThis.methods = await globalThis.house.open();
};

/** Runs a check of `tests/peers`. */
globalThis.run = async (name) => {
  const { house, methods } = globalThis;
  await list.find((check) => check.name === name).run({ house, methods });
};
