// The engine in Rust in a thread of Node. It starts the plugin's, and posts what has failed.

import { parentPort, Worker, workerData } from 'node:worker_threads';

import { failures } from '../pages/contract.mjs';
import { load } from './glue.mjs';

const { glue } = workerData;
const rust = await load(glue);
const engine = new rust.House(8000, 20000, 1 << 24);
const house = {
  engine,
  call: async (name, method, ...args) => JSON.parse(await engine.call(name, method, JSON.stringify(args))),
  failure: (name, method, ...args) => house.call(name, method, ...args).then(JSON.stringify, ({ message }) => message),
};
const threads = [];
engine.port('remote', () => {
  const { port1, port2 } = new MessageChannel();
  const data = { workerData: { glue, port: port2 }, transferList: [port2] };
  threads.push(new Worker(new URL('plugin.mjs', import.meta.url), data));
  return port1;
});
await engine.activate('remote');

const failed = await failures(house);
const slow = house.failure('remote', 'slow', 60000, 1);
await threads.at(-1).terminate();
const text = await slow;
if (!text.includes('lost')) failed.push(`a thread that has ended: ${text}`);
parentPort.postMessage(failed);
