'use strict';

const { openBrowser } = require('../../peers/chat-browser/browser');

/** Chromium, and the pages that a check has opened. */
class Browser {
  constructor(site) {
    this.site = site;
  }

  async start() {
    this.chromium = await openBrowser();
    this.context = await this.chromium.newContext();
  }

  async close() {
    await this.chromium?.close();
  }

  /** Closes the pages of a check. */
  async closePages() {
    await Promise.all(this.context.pages().map((page) => page.close()));
  }

  /** A page, whose exceptions are collected, and the panics of Rust, in it and its frames. */
  async page(path) {
    const page = await this.context.newPage();
    page.exceptions = [];
    page.on('pageerror', (error) => page.exceptions.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && message.text().startsWith('panicked')) page.exceptions.push(message.text());
    });
    await page.goto(this.site.same + path);
    return page;
  }

  /** Counts what a page keeps, once all has gone that nobody uses. */
  async kept(page) {
    const session = await this.context.newCDPSession(page);
    await session.send('Performance.enable');
    return async () => {
      for (let i = 0; i < 3; i += 1) await session.send('HeapProfiler.collectGarbage');
      const { metrics } = await session.send('Performance.getMetrics');
      const counted = ['Documents', 'Frames', 'JSEventListeners', 'Nodes'];
      return Object.fromEntries(metrics.filter(({ name }) => counted.includes(name)).map(({ name, value }) => [name, value]));
    };
  }

  /** The page of the engine in Rust, when it has started. */
  async engine() {
    const page = await this.page('/pages/engine.html');
    await page.waitForFunction(() => globalThis.isReady);
    return page;
  }
}

/** What the house of an engine's page finds wrong with its plugin `remote`. */
const failures = (page) => page.evaluate(() => globalThis.failures(globalThis.house));

module.exports = { Browser, failures };
