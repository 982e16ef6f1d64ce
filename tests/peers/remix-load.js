'use strict';

// The load of Remix plugins on the released engine and engine-web 0.3.44:
//   node remix-load.js --port N [--depth N] [--seconds S] [--at-once]
// Calls `add` of the plugin on that port, with so many calls waiting for their answers, and
// says what the benchmark's own loads say: OPEN, then BEGIN and END for two lines each.
// The engine's queue sends one call at a time; `--at-once` goes past it.

const readline = require('readline');
const { parseArgs } = require('./lib/args');
const { House, websocketPlugin } = require('./remix-engine/house');

const SETTLE = 1.5;
const WARM = 0.1;

async function call(add, end) {
  let answers = 0;
  while (performance.now() < end) {
    if (await add() === 7) answers += 1;
  }
  return answers;
}

async function run(add, depth, seconds) {
  const end = performance.now() + seconds * 1000;
  const calls = Array.from({ length: depth }, () => call(add, end));
  return (await Promise.all(calls)).reduce((sum, answers) => sum + answers);
}

async function main() {
  const flags = parseArgs({ port: 0, depth: 1, seconds: 0.3, 'at-once': false });
  const house = new House(websocketPlugin(`ws://127.0.0.1:${flags.port}`));
  await house.open();
  const queued = () => house.call('add', 3, 4);
  const atOnce = () => house.remote.callPluginMethod('add', [3, 4]);
  const add = flags['at-once'] ? atOnce : queued;
  await run(add, flags.depth, SETTLE);
  console.log('OPEN');
  const lines = readline.createInterface({ input: process.stdin });
  let isBegun = false;
  for await (const _ of lines) {
    if (!isBegun) {
      await run(add, flags.depth, WARM);
      console.log('BEGIN');
    } else {
      const start = performance.now();
      const answers = await run(add, flags.depth, flags.seconds);
      console.log(`END ${answers} ${(performance.now() - start) / 1000}`);
    }
    isBegun = !isBegun;
  }
  process.exit(0);
}

main();
