'use strict';

// The plugin and the engine in Rust in Chromium, beside the released ones:
//   node browser.js --glue DIR [--example DIR] [--echo PROGRAM] [--chat PROGRAM --module DIR]
//     [--words DIR] [--only CHECK] [--limit S]
// `--glue` and `--example` are what `cargo xtask web` has built, `--screenshots` a folder for pictures
// of the example. `--echo` is the program of `examples/echo`, `--chat` that of `examples/chat`, and
// `--module` the module for its page. `--words` is the plugin of `docs/web.md`.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const { parseArgs } = require('../peers/lib/args');
const { Checklist } = require('../peers/lib/checklist');
const { exitWithParent } = require('../peers/lib/parent');
const { PATIENCE } = require('../peers/lib/within');
const { bundle } = require('./lib/bundles');
const { Browser } = require('./lib/browser');
const { Site } = require('./lib/site');

const flags = parseArgs({ glue: undefined, example: '', screenshots: '', echo: '', chat: '', module: '', words: '', only: '', limit: 1200 });

const GROUPS = ['released-engine', 'engine', 'frames', 'values', 'hostile', 'sockets', 'client', 'chat', 'guide', 'threads', 'example', 'sizes', 'speed'];

async function main() {
  exitWithParent();
  const list = new Checklist(flags);
  const site = new Site({ glue: flags.glue, example: flags.example, words: flags.words, pages: join(__dirname, 'pages') }, {
    '/early.js': readFileSync(join(__dirname, '../../clients/web/dist/early.js')),
    '/first.css': 'body { color: rgb(1, 2, 3) }',
    '/second.css': 'body { color: rgb(4, 5, 6) }',
  });
  const browser = new Browser(site);
  try {
    for (const name of ['released-engine', 'released-plugin']) {
      site.files[`/bundles/${name}.js`] = await bundle(name);
    }
    await site.start();
    await browser.start();
    for (const group of GROUPS) {
      for (const { name, run, ms = 3 * PATIENCE } of require(`./checks/${group}`)(flags)) {
        await list.run(`${group}/${name}`, () => run(browser, site), ms);
        await browser.closePages();
      }
    }
  } catch (error) {
    list.fail('start', error);
  }
  await browser.close();
  site.stop();
  list.finish();
}

main();
