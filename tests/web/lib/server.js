'use strict';

const { spawn } = require('node:child_process');
const { createInterface } = require('node:readline');

/** Starts a program, which says at which port it listens. */
async function started(program, args) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /^READY (\d+)/.exec(line);
    if (found) return { child, port: Number(found[1]) };
  }
  throw new Error(`${program} has ended`);
}

module.exports = { started };
