'use strict';

// Chromium as a client of two echoes, one of bytes and one of text:
//   node websocket-browser.js --binary ws://127.0.0.1:3010 --text ws://127.0.0.1:3011

const { parseArgs } = require('./lib/args');
const { Checklist } = require('./lib/checklist');
const { exitWithParent } = require('./lib/parent');
const { openBrowser } = require('./chat-browser/browser');
const { checks } = require('./websocket/checks');

const flags = parseArgs({ binary: undefined, text: undefined, only: '', limit: 55 });

async function main() {
  exitWithParent();
  const list = new Checklist(flags);
  let browser;
  try {
    browser = await openBrowser();
    const page = await browser.newPage();
    const urls = JSON.stringify({ binary: flags.binary, text: flags.text });
    for (const name of Object.keys(checks(null, {}))) {
      await list.run(name, () => page.evaluate(`(${checks})(WebSocket, ${urls}).${name}()`), 20000);
    }
  } catch (error) {
    list.fail('start', error);
  }
  await browser?.close();
  list.finish();
}

main();
