import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';

const script = readFileSync(new URL('../dist/early.js', import.meta.url), 'utf8');
const KEEPER = "globalThis[Symbol.for('connector.early')]";

/** A page or worker that has run the script so often. */
function place({ window, times = 1 } = {}) {
  const scope = new EventTarget();
  const globals = {
    addEventListener: scope.addEventListener.bind(scope),
    removeEventListener: scope.removeEventListener.bind(scope),
    ...(window && { window }),
  };
  const context = createContext(globals);
  for (let i = 0; i < times; i += 1) runInContext(script, context);
  const post = (data, source = null) => {
    scope.dispatchEvent(Object.assign(new Event('message'), { data, source }));
  };
  const connect = (data) => scope.dispatchEvent(Object.assign(new Event('connect'), { data }));
  const take = () => Array.from(runInContext(KEEPER, context).take(), ({ data }) => data);
  return { post, connect, take };
}

test('messages are kept in order until they are taken', () => {
  const worker = place();
  worker.post(1);
  worker.post({ action: 'request' });
  assert.deepEqual(worker.take(), [1, { action: 'request' }]);
  worker.post(2);
  assert.deepEqual(worker.take(), [], 'the link listens by itself from then on');
});

test('a frame keeps those of the page around it', () => {
  const parent = {};
  const frame = place({ window: { parent } });
  frame.post('stranger', {});
  frame.post('nobody');
  frame.post('engine', parent);
  assert.deepEqual(frame.take(), ['engine']);
});

test('a shared worker keeps those who connect', () => {
  const worker = place();
  worker.connect('first');
  worker.connect('second');
  assert.deepEqual(worker.take(), ['first', 'second']);
  worker.connect('third');
  assert.deepEqual(worker.take(), []);
});

test('a flood is cut off', () => {
  const worker = place();
  for (let i = 0; i < 10000; i += 1) worker.post(i);
  assert.deepEqual(worker.take(), Array.from({ length: 64 }, (_, i) => i));
});

test('the script may run twice', () => {
  const worker = place({ times: 2 });
  worker.post(1);
  assert.deepEqual(worker.take(), [1]);
});
