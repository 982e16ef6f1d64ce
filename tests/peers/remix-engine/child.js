'use strict';

const { spawn } = require('child_process');
const { EventEmitter } = require('events');
const { createInterface } = require('readline');
const { PluginConnector } = require('@remixproject/engine');
const { parsed } = require('../lib/junk');

/**
 * A plugin that is a program: a line of JSON on its standard input and output for
 * each message, or with `ipc` a message of Node's channel. Its `socket` has as much of a
 * WebSocket as the checks look at.
 */
class ChildPlugin extends PluginConnector {
  constructor(command, ipc) {
    // The engine transforms the url of every plugin, which a program has not.
    super({ name: 'remote', methods: [], url: 'child' });
    this.command = command;
    this.ipc = ipc;
  }

  connect() {
    const [program, ...args] = this.command;
    const stdio = this.ipc ? ['ignore', 'inherit', 'inherit', 'ipc'] : ['pipe', 'pipe', 'inherit'];
    const child = spawn(program, args, { stdio });
    this.socket = new ChildSocket(child, this.ipc);
    if (this.ipc) child.on('message', (message) => this.getMessage(message));
    else createInterface({ input: child.stdout, crlfDelay: Infinity }).on('line', (line) => this.getMessage(JSON.parse(line)));
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  disconnect() {
    if (this.ipc) this.socket.child.disconnect();
    else this.socket.child.stdin.end();
  }
}

class ChildSocket extends EventEmitter {
  constructor(child, ipc) {
    super();
    this.child = child;
    this.ipc = ipc;
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

  /** Sends a text, which need not be a message, nor JSON unless the channel is Node's. */
  send(text) {
    if (!this.ipc) this.child.stdin.write(`${text}\n`);
    else this.child.send(parsed(text));
  }
}

module.exports = { ChildPlugin };
