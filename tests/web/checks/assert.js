'use strict';

// The part of Node's `assert` that the checks use, for pages.

class AssertionError extends Error {}

const shown = (value) => JSON.stringify(value) ?? String(value);

function fail(text) {
  throw new AssertionError(text);
}

function ok(value, text = 'it is not so') {
  if (!value) fail(text);
}

function same(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]));
}

function strictEqual(found, expected, text) {
  if (!Object.is(found, expected)) fail(text ?? `${shown(found)} is not ${shown(expected)}`);
}

function deepStrictEqual(found, expected, text) {
  if (!same(found, expected)) fail(text ?? `${shown(found)} is not ${shown(expected)}`);
}

function match(text, pattern) {
  if (!pattern.test(text)) fail(`${shown(text)} does not match ${pattern}`);
}

module.exports = { AssertionError, deepStrictEqual, fail, match, ok, strictEqual };
