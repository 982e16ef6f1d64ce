'use strict';

// Chromium as a client of two echoes, one of bytes and one of text:
//   node websocket-browser.js --binary ws://127.0.0.1:3010 --text ws://127.0.0.1:3011
// `--deflated` is an echo of texts that compresses.
// With wss:// the browser trusts the certificate that --trusted names, and is also started
// without trusting it.

const { parseArgs } = require('./lib/args');
const { Checklist, LIMIT } = require('./lib/checklist');
const { exitWithParent } = require('./lib/parent');
const { openBrowser } = require('./chat-browser/browser');
const { checks } = require('./websocket/checks');

const flags = parseArgs({ binary: undefined, text: undefined, trusted: '', deflated: '', only: '', limit: LIMIT });

/** Without a reason to trust it, the browser does not connect. */
async function refusesAStranger() {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const opened = await page.evaluate((url) => new Promise((resolve) => {
      const socket = new WebSocket(url);
      socket.onopen = () => resolve(true);
      socket.onerror = () => resolve(false);
    }), flags.binary);
    if (opened) throw new Error('it connects to a server that it does not trust');
  } finally {
    await browser.close();
  }
}

async function main() {
  exitWithParent();
  const list = new Checklist(flags);
  let browser;
  try {
    browser = await openBrowser(flags.trusted);
    const page = await browser.newPage();
    const urls = JSON.stringify({ binary: flags.binary, text: flags.text, deflated: flags.deflated });
    for (const name of Object.keys(checks(null, flags))) {
      await list.run(name, () => page.evaluate(`(${checks})(WebSocket, ${urls}).${name}()`));
    }
    if (flags.trusted) await list.run('refuses_a_stranger', refusesAStranger);
  } catch (error) {
    list.fail('start', error);
  }
  await browser?.close();
  list.finish();
}

main();
