'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');

const { PATIENCE, within } = require('../lib/within');

/** A running program that is waited for by what it says. Ends with this one. */
class Program {
  constructor(file, args) {
    this.said = '';
    this.child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.on('error', (error) => { this.said += `${error}\n`; });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => { this.said += text; this.child.emit('said'); });
    }
    this.ended = once(this.child, 'close').then(([code]) => code);
    this.kill = () => this.child.kill('SIGKILL');
    process.on('exit', this.kill);
    this.ended.finally(() => process.off('exit', this.kill));
  }

  write(text) {
    this.child.stdin.write(text);
  }

  /** Waits until it has said this, a text or a pattern. */
  async says(wanted) {
    const found = () => typeof wanted === 'string' ? this.said.includes(wanted) : wanted.exec(this.said);
    const wait = async () => {
      while (!found()) await once(this.child, 'said');
      return found();
    };
    try {
      return await within(PATIENCE, `"${wanted}"`, wait());
    } catch (error) {
      throw new Error(`${error.message}; said so far: ${this.said}`);
    }
  }
}

/** The chat's server; it can be killed and started again on the same port. */
class Server {
  constructor(file, options = []) {
    this.file = file;
    this.options = options;
    this.port = 0;
  }

  async start() {
    this.program = new Program(this.file, [...this.options, '--port', String(this.port)]);
    const ready = await this.program.says(/^READY (\d+)$/m);
    this.port = Number(ready[1]);
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  kill() {
    this.program?.kill();
    return this.program?.ended;
  }

  /** Somebody who talks from a terminal. */
  terminal(name, room) {
    return new Program(this.file, ['join', name, room, '--url', `tcp://127.0.0.1:${this.port}`]);
  }
}

module.exports = { Server };
