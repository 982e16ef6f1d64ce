'use strict';

// The pages, on two ports of this machine: three origins, of two sites.

const { createServer } = require('node:http');
const { readFile } = require('node:fs/promises');
const { extname, join, normalize } = require('node:path');

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

class Site {
  /**
   * @param folders  the folders by the first part of their paths
   * @param files    files by their paths: texts, or where they lie
   */
  constructor(folders, files) {
    this.folders = folders;
    this.files = files;
    this.servers = [];
  }

  async start() {
    const ports = [await this.#listen(), await this.#listen()];
    this.same = `http://127.0.0.1:${ports[0]}`;
    this.crossOrigin = `http://127.0.0.1:${ports[1]}`;
    this.crossSite = `http://localhost:${ports[1]}`;
  }

  stop() {
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  async #listen() {
    const server = createServer((request, response) => this.#answer(request, response));
    this.servers.push(server);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address().port;
  }

  async #answer({ url }, response) {
    const path = normalize(new URL(url, 'http://site').pathname);
    // A page that never loads, until the site stops.
    if (path === '/never') return;
    try {
      const body = await this.#read(path);
      // A frame without an origin of its own is a stranger to its own scripts.
      const headers = { 'content-type': TYPES[extname(path)] ?? 'text/plain', 'access-control-allow-origin': '*' };
      response.writeHead(200, headers).end(body);
    } catch {
      response.writeHead(404).end();
    }
  }

  #read(path) {
    if (path === '/favicon.ico') return '';
    if (path in this.files) return this.files[path];
    const [, folder, ...rest] = path.split('/');
    return readFile(join(this.folders[folder], ...rest));
  }
}

module.exports = { Site };
