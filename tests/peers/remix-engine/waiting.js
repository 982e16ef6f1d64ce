'use strict';

const assert = require('assert');
const { PATIENCE } = require('../lib/within');

/** Resolves with the reason for which a promise is rejected. */
async function rejection(promise) {
  return promise.then(
    (value) => assert.fail(`resolved with ${JSON.stringify(value)}`),
    (error) => (error instanceof assert.AssertionError ? Promise.reject(error) : error),
  );
}

/** `received` may keep its list or hand it out once: both are fine here. */
async function receives(house, event, expected) {
  const wanted = JSON.stringify(expected);
  let seen = [];
  let last;
  await eventually(async () => {
    last = await house.call('received', 'host', event);
    seen = seen.concat(last);
    return [last, seen].some((list) => JSON.stringify(list) === wanted);
  }).catch(() => assert.deepStrictEqual(last, expected));
}

/** Waits for what another program does at a time that nothing announces. */
async function eventually(condition, ms = PATIENCE) {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not so within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

module.exports = { eventually, receives, rejection };
