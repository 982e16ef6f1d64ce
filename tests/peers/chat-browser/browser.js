'use strict';

const { X509Certificate, createHash } = require('node:crypto');
const { existsSync, readFileSync } = require('node:fs');
const { delimiter, join } = require('node:path');

const { chromium } = require('playwright-core');

const { PATIENCE } = require('../lib/within');

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

/**
 * The system's Chromium, headless, with a new profile.
 *
 * @param trusted  a PEM file: servers with this certificate are trusted, whoever issued it
 */
function openBrowser(trusted = '') {
  const args = trusted ? [...FLAGS, `--ignore-certificate-errors-spki-list=${pin(trusted)}`] : FLAGS;
  return chromium.launch({ executablePath: find(), headless: true, args, timeout: 3 * PATIENCE });
}

/** The hash of a certificate's public key. */
function pin(file) {
  const { publicKey } = new X509Certificate(readFileSync(file));
  const key = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
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
