'use strict';

const { spawn } = require('child_process');
const { EventEmitter } = require('events');
const { createInterface } = require('readline');
const { PluginConnector } = require('@remixproject/engine');

/**
 * A plugin that is a program: a line of JSON on its standard input and output for
 * each message. Its `socket` has as much of a WebSocket as the checks look at.
 */
class ChildPlugin extends PluginConnector {
  constructor(command) {
    // The engine transforms the url of every plugin, which a program has not.
    super({ name: 'remote', methods: [], url: 'child' });
    this.command = command;
  }

  connect() {
    const [program, ...args] = this.command;
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.socket = new ChildSocket(child);
    createInterface({ input: child.stdout, crlfDelay: Infinity }).on('line', (line) => this.getMessage(JSON.parse(line)));
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  disconnect() {
    this.socket.child.stdin.end();
  }
}

class ChildSocket extends EventEmitter {
  constructor(child) {
    super();
    this.child = child;
    this.OPEN = 1;
    this.CLOSED = 3;
    this.readyState = this.OPEN;
    child.on('exit', (code) => {
      this.code = code;
      this.readyState = this.CLOSED;
    });
    child.on('error', (error) => this.emit('error', error));
  }

  addEventListener(name, listener) {
    this.on(name, listener);
  }

  send(text) {
    this.child.stdin.write(`${text}\n`);
  }
}

module.exports = { ChildPlugin };
