'use strict';

const assert = require('node:assert');

const { PATIENCE } = require('../lib/within');

/** A tab with the page in it, and what goes wrong there. */
class Tab {
  static async open({ browser, server, prepare }, options = {}) {
    const tab = new Tab();
    tab.context = await browser.newContext({ viewport: { width: 1100, height: 720 }, ...options });
    await prepare?.(tab.context);
    tab.page = await tab.context.newPage();
    tab.page.setDefaultTimeout(PATIENCE);
    tab.errors = [];
    tab.page.on('pageerror', (error) => tab.errors.push(String(error)));
    await tab.page.goto(server.url);
    return tab;
  }

  async enter(name, room) {
    await this.page.locator('#sign-in button:enabled').waitFor();
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByLabel('Room').fill(room);
    await this.page.getByLabel('Room').press('Enter');
  }

  async join(name, room) {
    await this.enter(name, room);
    await this.page.getByRole('heading', { name: room, level: 1 }).waitFor();
  }

  async say(text) {
    await this.page.getByLabel('Message').fill(text);
    await this.page.getByRole('button', { name: 'Send' }).click();
  }

  /** Waits for a line, or a note, with exactly this text. */
  sees(text) {
    return this.page.locator('#lines').getByText(text, { exact: true }).first().waitFor();
  }

  told(text) {
    return this.page.getByRole('alert').filter({ hasText: text }).waitFor();
  }

  /** Waits until these people are there, by name. */
  async people(...names) {
    const wanted = names.join();
    const there = () => [...document.querySelectorAll('#people .who')].map((who) => who.textContent.replace(' (you)', '')).join();
    await this.page.waitForFunction(`(${there})() === ${JSON.stringify(wanted)}`);
  }

  lines() {
    return this.page.locator('#lines .text').allTextContents();
  }

  async close() {
    await this.context.close();
    assert.deepStrictEqual(this.errors, []);
  }
}

module.exports = { Tab };
