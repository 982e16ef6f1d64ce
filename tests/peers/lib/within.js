'use strict';

/** Milliseconds that nothing takes that is awaited, also on a busy machine. */
const PATIENCE = 30000;

/** Settles as `promise` does, or rejects after `ms` saying what was awaited. */
function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

module.exports = { PATIENCE, within };
