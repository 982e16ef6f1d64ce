'use strict';

const assert = require('assert');
const { eventually } = require('./waiting');

/** All payloads that the plugin has heard, once it has heard this many. */
async function heard(house, event, length) {
  let seen = [];
  await eventually(async () => {
    seen = seen.concat(await house.call('received', 'host', event));
    return seen.length >= length;
  }).catch(() => assert.fail(`heard ${JSON.stringify(seen)}`));
  return seen;
}

/** Waits until all that was sent to the plugin before is handled. */
async function settle(house) {
  await house.call('echo', 'settled');
}

module.exports = [
  {
    name: 'later-listener-gets-the-last-value',
    async run({ house }) {
      await house.call('listenTo', 'host', 'memo');
      house.host.emit('memo', 1);
      house.host.emit('memo', 2);
      await heard(house, 'memo', 2);
      await house.call('listenTo', 'host', 'memo');
      // In the released client both listeners get it.
      const again = await heard(house, 'memo', 1);
      assert.ok(again.every((payload) => JSON.stringify(payload) === '[2]'), JSON.stringify(again));
      await house.call('offFrom', 'host', 'memo');
    },
  },
  {
    name: 'last-value-is-kept-while-nobody-listens',
    needs: 'offFrom',
    async run({ house }) {
      await house.call('listenTo', 'host', 'kept');
      house.host.emit('kept', 1);
      await heard(house, 'kept', 1);
      await house.call('offFrom', 'host', 'kept');
      house.host.emit('kept', 2, { a: 'é😀' });
      await settle(house);
      await house.call('listenTo', 'host', 'kept');
      assert.deepStrictEqual(await heard(house, 'kept', 1), [[2, { a: 'é😀' }]]);
      await house.call('offFrom', 'host', 'kept');
    },
  },
  {
    name: 'once-after-on-hears-one',
    needs: 'onceTo',
    async run({ house }) {
      await house.call('listenTo', 'host', 'both');
      await house.call('onceTo', 'host', 'both');
      for (const value of [1, 2, 3]) house.host.emit('both', value);
      await settle(house);
      const seen = JSON.stringify(await house.call('received', 'host', 'both'));
      // Either the latest listener's payloads, or those of both.
      assert.ok(['[[1]]', '[[1],[1],[2],[3]]'].includes(seen), `heard ${seen}`);
      await house.call('offFrom', 'host', 'both');
    },
  },
  {
    name: 'once-after-a-value-gets-it',
    needs: 'onceTo',
    async run({ house }) {
      await house.call('listenTo', 'host', 'past');
      house.host.emit('past', 1);
      await heard(house, 'past', 1);
      await house.call('onceTo', 'host', 'past');
      house.host.emit('past', 2);
      await settle(house);
      const seen = JSON.stringify(await house.call('received', 'host', 'past'));
      // The released engine ends the first listener's subscription with the second's.
      assert.ok(['[[1]]', '[[1],[2]]'].includes(seen), `heard ${seen}`);
      await house.call('offFrom', 'host', 'past');
    },
  },
];
