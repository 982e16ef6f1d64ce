'use strict';

const { existsSync } = require('node:fs');
const { delimiter, join } = require('node:path');

const { chromium } = require('playwright-core');

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The system's Chromium, headless, with a new profile. */
function openBrowser() {
  return chromium.launch({ executablePath: find(), headless: true, args: FLAGS });
}

/** `$CHROMIUM`, or what is in the path. */
function find() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH || '').split(delimiter);
  const files = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = files.find((file) => existsSync(file));
  if (!found) {
    throw new Error('Chromium is not there: install it (apt-get install chromium), name it in CHROMIUM, or set CONNECTOR_SKIP_BROWSER=1 to do without');
  }
  return found;
}

module.exports = { openBrowser };
