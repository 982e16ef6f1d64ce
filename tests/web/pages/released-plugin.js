'use strict';

// The released plugin in a frame, by plugin-iframe 0.3.40 or plugin-webview 0.3.44, or in a
// worker, by the connector that its source has and npm has not.

const { connectClient } = require('@remixproject/plugin');
const { Remote } = require('../../peers/remix-plugin/remote');
const { parsed } = require('../../peers/lib/junk');

const isWorker = typeof window === 'undefined';
const owner = isWorker ? globalThis : window.parent;
const post = (value) => (isWorker ? owner.postMessage(value) : owner.postMessage(value, '*'));

class WorkerConnector {
  on(callback) {
    globalThis.addEventListener('message', ({ data }) => callback(data));
  }

  send(message) {
    globalThis.postMessage(message);
  }
}

const remote = new Remote();
remote.options = { customTheme: true };
remote.sendText = (text) => post(parsed(text));
if (isWorker) {
  connectClient(new WorkerConnector(), remote);
} else if (new URLSearchParams(location.search).has('webview')) {
  require('@remixproject/plugin-webview').createClient(remote);
} else {
  require('@remixproject/plugin-iframe').createClient(remote);
}
