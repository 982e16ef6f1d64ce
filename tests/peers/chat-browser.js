'use strict';

// Two tabs of Chromium, a terminal and the server of `examples/chat`.

const { mkdirSync } = require('node:fs');
const { join } = require('node:path');

const { parseArgs } = require('./lib/args');
const { Checklist, LIMIT } = require('./lib/checklist');
const { exitWithParent } = require('./lib/parent');
const { Server } = require('./chat-browser/program');
const { openBrowser } = require('./chat-browser/browser');
const checks = require('./chat-browser/checks');

const flags = parseArgs({ chat: undefined, screenshots: '', only: '', limit: LIMIT });

async function main() {
  exitWithParent();
  const list = new Checklist(flags);
  let browser;
  const server = new Server(flags.chat);
  try {
    browser = await openBrowser();
    await server.start();
    if (flags.screenshots) mkdirSync(flags.screenshots, { recursive: true });
    const picture = async (page, name) => {
      if (flags.screenshots) await page.screenshot({ path: join(flags.screenshots, `${name}.png`) });
    };
    for (const [name, check] of Object.entries(checks)) {
      await list.run(name, () => check({ browser, server, picture }));
    }
  } catch (error) {
    list.fail('start', error);
  }
  server.kill();
  await browser?.close();
  list.finish();
}

main();
