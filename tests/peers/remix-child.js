'use strict';

// A plugin on the released @remixproject/plugin 0.3.44 as a child process:
//   node remix-child.js [--stdio] [--noise]
// It speaks over Node's IPC channel, or by lines on its standard input and output, where
// `--noise` writes what is not a message between the messages.

const { createInterface } = require('readline');
const { connectClient } = require('@remixproject/plugin');
const { parseArgs } = require('./lib/args');
const { parsed } = require('./lib/junk');
const { Remote } = require('./remix-plugin/remote');

const flags = parseArgs({ stdio: false, noise: false });

/** The methods under test, and what tells processes apart. */
class Child extends Remote {
  constructor() {
    super();
    this.methods.push('pid', 'exit');
  }

  pid() {
    return process.pid;
  }

  exit(code) {
    process.exit(code);
  }
}

const ipc = {
  send: (message) => process.send(message),
  on: (callback) => process.on('message', callback),
};

const lines = {
  send(message) {
    const noise = flags.noise ? 'a banner\r\n{"level":30}\n\nloading.. ' : '';
    process.stdout.write(`${noise}${JSON.stringify(message)}\n`);
  },
  on(callback) {
    const input = createInterface({ input: process.stdin });
    input.on('line', (line) => callback(JSON.parse(line)));
    input.on('close', () => process.exit(0));
  },
};

const child = new Child();
child.sendText = (text) => (flags.stdio ? process.stdout.write(`${text}\n`) : process.send(parsed(text)));
connectClient(flags.stdio ? lines : ipc, child);
console.error('the child is up');
