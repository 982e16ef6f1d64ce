'use strict';

// Says how a connection of the released engine and engine-web 0.3.44 to a plugin ends:
//   node remix-drops.js
// It answers each line with a line: `open URL` with `open`, `closed` with the close code and
// `reconnects` or `stays`, and `reopen` with the sum of a call once the engine has connected
// again, for which it waits until then.

const readline = require('readline');
const { House, websocketPlugin } = require('./remix-engine/house');
const { eventually } = require('./remix-engine/waiting');

const RECONNECT = 20;
let house;
let reopen;
let closed;

const commands = {
  async open(url) {
    const remote = websocketPlugin(url);
    house = new House(remote);
    await house.open();
    remote.setOptions({ reconnectDelay: RECONNECT });
    closed = new Promise((resolve) => remote.socket.addEventListener('close', resolve));
    const { open } = remote;
    remote.open = () => { reopen = open.bind(remote); };
    return 'open';
  },

  async closed() {
    const { code } = await closed;
    await new Promise((resolve) => setTimeout(resolve, 10 * RECONNECT));
    return `${code} ${reopen ? 'reconnects' : 'stays'}`;
  },

  async reopen() {
    reopen();
    const { remote } = house;
    await eventually(() => remote.socket.readyState === remote.socket.OPEN && remote.loaded);
    return house.call('add', 3, 4);
  },
};

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [command, ...args] = line.split(' ');
    console.log(await commands[command](...args).catch((error) => `failed: ${error.message || error}`));
  }
}

main();
