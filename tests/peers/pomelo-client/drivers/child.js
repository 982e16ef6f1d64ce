'use strict';

// The TCP driver over the standard input and output of a child process, which is the server:
// what it sends and reads goes through the released pomelo-protocol 0.1.6.

const { spawn } = require('child_process');
const { Duplex } = require('stream');
const { TcpConnection } = require('./tcp');

class ChildConnection extends TcpConnection {
  dial({ command }, dialled) {
    const [program, ...args] = command.split(' ');
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    /** How the child has ended: a code, or a signal. */
    this.ended = new Promise((resolve) => {
      child.on('exit', (code, signal) => resolve(signal || code));
    });
    this.socket = Duplex.from({ readable: child.stdout, writable: child.stdin });
    this.socket.on('data', (chunk) => this.feed(chunk));
    child.on('spawn', dialled);
  }
}

module.exports = { connect: (options) => new ChildConnection().open(options) };
