'use strict';

// The engine in a thread of Node, and its plugin in another.

const assert = require('node:assert');
const { Worker } = require('node:worker_threads');
const { join } = require('node:path');

module.exports = ({ glue }) => [
  {
    name: 'contract-worker-threads',
    async run() {
      const engine = new Worker(join(__dirname, '../threads/engine.mjs'), { workerData: { glue } });
      try {
        const failed = await new Promise((resolve, reject) => {
          engine.once('message', resolve);
          engine.once('error', reject);
        });
        assert.deepStrictEqual(failed, []);
      } finally {
        await engine.terminate();
      }
    },
  },
];
