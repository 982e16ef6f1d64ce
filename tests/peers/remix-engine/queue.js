'use strict';

const assert = require('assert');
const { PATIENCE } = require('../lib/within');
const { eventually, rejection } = require('./waiting');

const TIMEOUT = 150;
/** Longer than the timeout by so much that the order of both is certain. */
const LATE = 500;

/** Calls a method that takes too long, and returns the id of the request. */
async function timesOut(house, method, ...args) {
  const { remote } = house;
  const id = remote.id;
  remote.setOptions({ queueTimeout: TIMEOUT });
  const error = await rejection(house.call(method, ...args));
  remote.setOptions({ queueTimeout: PATIENCE });
  assert.strictEqual(error, `[TIMEOUT] Timeout for call ${method} from caller`);
  assert.ok(id in remote.pendingRequest, 'the plugin was not asked, or answered in time');
  return id;
}

/** Waits until the plugin has answered every request from this id on. */
function answered(remote, since) {
  return eventually(() => Object.keys(remote.pendingRequest).every((id) => Number(id) < since));
}

/** The list of what a plugin reports by an event, in the order in which its calls ran. */
function ran(house) {
  const order = [];
  house.host.on('remote', 'ran', (value) => order.push(value));
  return order;
}

module.exports = [
  {
    name: 'hundred-calls-at-once',
    async run({ house }) {
      const callers = [house.caller, house.host];
      const calls = Array.from({ length: 100 }, (_, i) => callers[i % 2].call('remote', 'add', i, 1));
      assert.deepStrictEqual(await Promise.all(calls), Array.from({ length: 100 }, (_, i) => i + 1));
    },
  },
  {
    name: 'hundred-calls-run-in-order',
    async run({ house }) {
      const order = ran(house);
      const callers = [house.caller, house.host];
      const numbers = Array.from({ length: 100 }, (_, i) => i);
      await Promise.all(numbers.map((i) => callers[i % 2].call('remote', 'emitEvent', 'ran', i)));
      await eventually(() => order.length === 100);
      assert.deepStrictEqual(order.splice(0), numbers);
      // The same without the engine's queue, so that all are in flight.
      await Promise.all(numbers.map((i) => house.remote.callPluginMethod('emitEvent', ['ran', i])));
      await eventually(() => order.length === 100);
      assert.deepStrictEqual(order, numbers);
      house.host.off('remote', 'ran');
    },
  },
  {
    name: 'slow-call-keeps-no-other-waiting',
    async run({ house }) {
      const { remote } = house;
      const ended = [];
      const slow = remote.callPluginMethod('slow', [LATE, 1]).then(() => ended.push('slow'));
      await remote.callPluginMethod('add', [1, 1]).then(() => ended.push('add'));
      await slow;
      assert.deepStrictEqual(ended, ['add', 'slow']);
    },
  },
  {
    name: 'call-times-out-and-the-next-is-right',
    async run({ house }) {
      const { remote } = house;
      const id = await timesOut(house, 'slow', LATE, 'late');
      assert.strictEqual(await house.call('add', 5, 6), 11);
      // The late answer arrives while another call runs.
      assert.strictEqual(await house.call('slow', 2 * LATE, 'next'), 'next');
      assert.ok(!(id in remote.pendingRequest), 'the late answer never arrived');
      assert.strictEqual(await house.call('add', 6, 6), 12);
    },
  },
  {
    name: 'late-error-is-survived',
    async run({ house }) {
      const { remote } = house;
      const id = await timesOut(house, 'callOther', 'host', 'failLate', LATE, 'too late');
      // The released engine starts this call once more, when the error arrives.
      assert.strictEqual(await house.call('slow', 2 * LATE, 'next'), 'next');
      assert.ok(!(id in remote.pendingRequest), 'the late error never arrived');
      await answered(remote, id);
      assert.strictEqual(await house.call('add', 7, 6), 13);
    },
  },
  {
    name: 'engine-cancels-its-calls',
    async run({ house }) {
      const { caller, remote } = house;
      const cancelled = '[CANCEL] Canceled call slow from caller';
      const id = remote.id;
      // As late that all that follows is done by then.
      const running = rejection(house.call('slow', 4 * LATE, 1));
      await eventually(() => id in remote.pendingRequest);
      const queued = rejection(house.call('slow', 1, 2));
      // What another caller asks goes on.
      const other = house.host.call('remote', 'add', 8, 6);
      await eventually(() => remote.queue.length === 3);
      await caller.cancel('remote', 'slow');
      assert.deepStrictEqual(await Promise.all([running, queued]), [cancelled, cancelled]);
      assert.strictEqual(await other, 14);
      // The plugin does not hear of it, and answers.
      await answered(remote, id);
      assert.strictEqual(await house.call('add', 9, 6), 15);
    },
  },
];
