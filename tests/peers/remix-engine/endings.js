'use strict';

const assert = require('assert');
const { eventually } = require('./waiting');

const RECONNECT = 20;

/** Ends the connection with a close code. Returns the plugin's code, and how often it was opened again. */
async function close(house, code) {
  const { remote } = house;
  // The engine looks at the end of the first connection of an activation alone.
  await house.manager.deactivatePlugin('remote');
  await house.openRemote();
  remote.setOptions({ reconnectDelay: RECONNECT });
  const { socket } = remote;
  let opened = 0;
  remote.open = function open() {
    opened += 1;
    delete remote.open;
    this.open();
  };
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve));
  socket.close(code);
  const answer = await closed;
  await new Promise((resolve) => setTimeout(resolve, 10 * RECONNECT));
  delete remote.open;
  return { code: answer.code, opened };
}

// Of WebSockets alone.
module.exports = [
  {
    name: 'other-close-code-is-answered-and-connected-again',
    async run({ house }) {
      assert.deepStrictEqual(await close(house, 4001), { code: 4001, opened: 1 });
      await eventually(() => house.remote.socket.readyState === house.remote.socket.OPEN && house.remote.loaded);
      assert.strictEqual(await house.call('add', 4, 3), 7);
    },
  },
  {
    name: 'normal-close-code-ends-the-connection',
    async run({ house, methods }) {
      assert.deepStrictEqual(await close(house, 1000), { code: 1000, opened: 0 });
      await house.manager.deactivatePlugin('remote');
      assert.deepStrictEqual(await house.openRemote(), methods);
      assert.strictEqual(await house.call('add', 5, 3), 8);
    },
  },
];
