'use strict';

// How large modules are that are built as for the network: the plugin of `docs/web.md`, which does
// as little as one can, and the examples.

const assert = require('node:assert');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { brotliCompressSync, gzipSync } = require('node:zlib');

/**
 * The most kilobytes that a browser loads, compressed by brotli, which every browser asks for; gzip
 * takes a fifth more. Over a slow phone's 1.6 Mbit/s a plugin is there before somebody wonders, and an
 * engine, which a page loads once for all its plugins, in 1.2 s.
 */
const MOST = { hello: 132, plugin: 142, client: 220, engine: 245 };
const KILO = 1000;

module.exports = ({ example, module: client, words }) => Object.entries({
  hello: [words && join(words, 'pkg'), 'words'],
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
    console.log(`# ${what}: ${plain} kB, ${gzip} by gzip, ${brotli} by brotli; at most ${MOST[what]} by brotli`);
    assert.ok(brotli <= MOST[what], `${brotli} kB, and ${MOST[what]} are the most`);
  },
}));
