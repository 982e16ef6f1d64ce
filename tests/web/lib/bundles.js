'use strict';

// What released packages are in pages: one script each.

const { join } = require('node:path');

const { build } = require('esbuild');

const here = join(__dirname, '..');

/** The bundle of a script of `pages`, as a text. */
async function bundle(name) {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: [`pages/${name}.js`],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'error',
    // The checks lie where other programs of npm are installed.
    alias: {
      '@remixproject/engine': packaged('@remixproject/engine'),
      '@remixproject/engine-web': packaged('@remixproject/engine-web'),
      '@remixproject/plugin': packaged('@remixproject/plugin'),
      assert: './checks/assert.js',
      ws: './lib/websocket.js',
    },
  });
  return outputFiles[0].text;
}

function packaged(name) {
  return join(here, 'node_modules', name);
}

module.exports = { bundle };
