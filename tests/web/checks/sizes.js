'use strict';

// How large the modules of the examples are, which are built as for the network.

const assert = require('node:assert');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { brotliCompressSync, gzipSync } = require('node:zlib');

/**
 * The most kilobytes that a browser loads, compressed by gzip, which every server can. Over a slow
 * phone's 1.6 Mbit/s a plugin is there in 0.75 s, before somebody wonders, and an engine, which a page
 * loads once for all its plugins, in 1.5 s. A client is between the two.
 */
const MOST = { plugin: 150, client: 200, engine: 300 };
const KILO = 1000;

module.exports = ({ example, module: client }) => Object.entries({
  plugin: [example && join(example, 'plugin/pkg'), 'web_plugin'],
  client: [client, 'chat_web'],
  engine: [example && join(example, 'pkg'), 'web_engine'],
}).filter(([, [folder]]) => folder).map(([what, [folder, name]]) => ({
  name: `a-small-${what}`,
  run() {
    const files = [`${name}_bg.wasm`, `${name}.js`].map((file) => readFileSync(join(folder, file)));
    const kilobytes = (size) => Math.ceil(files.reduce((sum, file) => sum + size(file), 0) / KILO);
    const plain = kilobytes((file) => file.length);
    const brotli = kilobytes((file) => brotliCompressSync(file).length);
    const gzip = kilobytes((file) => gzipSync(file).length);
    console.log(`# ${what}: ${plain} kB, ${gzip} by gzip, ${brotli} by brotli; at most ${MOST[what]} by gzip`);
    assert.ok(gzip <= MOST[what], `${gzip} kB, and ${MOST[what]} are the most`);
  },
}));
