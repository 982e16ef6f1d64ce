'use strict';

const assert = require('assert');
const { junk } = require('../lib/junk');
const { eventually, receives, rejection } = require('./waiting');

// What a plugin under test must offer; a check that `needs` another method is
// skipped when the handshake does not list it.
const REQUIRED = ['echo', 'add', 'fail', 'slow', 'none', 'emitEvent', 'callOther', 'listenTo', 'received'];

const NOT_EXPOSED = /Cannot call method "nope" of "host" from "remote", because "nope" is not exposed\./;

module.exports = [
  {
    name: 'handshake-lists-the-methods',
    async run({ methods }) {
      const missing = REQUIRED.filter((method) => !methods.includes(method));
      assert.deepStrictEqual(missing, []);
    },
  },
  {
    name: 'later-handshake-is-answered-again',
    async run({ house, methods }) {
      const again = await house.remote.callPluginMethod('handshake', ['remote', undefined]);
      assert.deepStrictEqual(again, methods);
    },
  },
  {
    name: 'echo-returns-every-json-value',
    async run({ house }) {
      const object = { text: 'héllo 漢字 😀 "\\\n\u0000\u2028', list: [1, null, [true, {}]], 'ключ': { x: -0.5 } };
      for (const value of ['hello', '', object, [], {}, null, 0, 42, -1.5, 1e21, 9007199254740991, true, false]) {
        assert.deepStrictEqual(await house.call('echo', value), value);
      }
    },
  },
  {
    name: 'echo-1-mib-string',
    async run({ house }) {
      const text = 'x'.repeat(1 << 20);
      assert.ok((await house.call('echo', text)) === text, 'came back changed');
    },
  },
  {
    name: 'echo-100-kb-of-unicode',
    async run({ house }) {
      const text = 'é漢😀'.repeat(11400);
      assert.ok((await house.call('echo', text)) === text, 'came back changed');
    },
  },
  {
    name: 'add-takes-two-arguments',
    run: async ({ house }) => assert.strictEqual(await house.call('add', 3, 4), 7),
  },
  {
    name: 'failure-carries-its-text',
    async run({ house }) {
      // The engine rejects with the bare text of the wire, not with an Error.
      assert.strictEqual(await rejection(house.call('fail', 'boom-7')), 'boom-7');
      assert.strictEqual(await rejection(house.call('fail', 'bööm 漢')), 'bööm 漢');
      assert.strictEqual(await house.call('add', 1, 1), 2);
    },
  },
  {
    name: 'method-without-result',
    async run({ house }) {
      const result = await house.call('none');
      assert.ok(result === undefined || result === null, `none() gave ${JSON.stringify(result)}`);
    },
  },
  {
    name: 'slow-answers-when-done',
    async run({ house }) {
      const start = Date.now();
      assert.deepStrictEqual(await house.call('slow', 100, { v: 'x' }), { v: 'x' });
      assert.ok(Date.now() - start >= 95, 'answered early');
    },
  },
  {
    name: 'plugin-sees-its-caller',
    needs: 'whoCalled',
    async run({ house }) {
      assert.deepStrictEqual(await house.call('whoCalled'), { from: 'caller', path: 'remote' });
      assert.deepStrictEqual(await house.host.call('remote', 'whoCalled'), { from: 'host', path: 'remote' });
    },
  },
  {
    name: 'plugin-calls-back',
    async run({ house }) {
      assert.deepStrictEqual(await house.call('callOther', 'host', 'whoCalled'), { from: 'remote', path: 'host' });
      const value = { text: 'é😀', list: [1, null] };
      assert.deepStrictEqual(await house.call('callOther', 'host', 'echo', value), value);
      assert.strictEqual(await house.call('callOther', 'host', 'add', 20, 22), 42);
    },
  },
  {
    name: 'failing-call-back-carries-its-text',
    async run({ house }) {
      // The released client puts "Error from IDE : " in front; both are right.
      assert.match(await rejection(house.call('callOther', 'host', 'fail', 'boom-8')), /^(Error from IDE : )?boom-8$/);
      assert.match(await rejection(house.call('callOther', 'host', 'nope')), NOT_EXPOSED);
      assert.match(
        await rejection(house.call('callOther', 'ghost', 'x')),
        /Cannot call ghost from remote, because ghost is not registered/,
      );
    },
  },
  {
    name: 'plugin-cancels-its-call',
    needs: 'callAndCancel',
    async run({ house }) {
      const end = await house.call('callAndCancel', 100, 'host', 'slow', 3000, 'x');
      assert.strictEqual(end, '[CANCEL] Canceled call slow from remote');
    },
  },
  {
    name: 'engine-hears-the-plugin',
    async run({ house }) {
      const heard = [];
      house.host.on('remote', 'changed', (...payload) => heard.push(payload));
      const nested = { deep: ['é😀', null] };
      await house.call('emitEvent', 'changed', 1, 'x');
      await house.call('emitEvent', 'changed');
      await house.call('emitEvent', 'changed', nested);
      await eventually(() => heard.length === 3);
      assert.deepStrictEqual(heard, [[1, 'x'], [], [nested]]);
      house.host.off('remote', 'changed');
    },
  },
  {
    name: 'plugin-hears-the-engine',
    async run({ house }) {
      await house.call('listenTo', 'host', 'tick');
      house.host.emit('tick', 1, { a: 'é😀' });
      house.host.emit('tick', 2);
      house.host.emit('tick');
      await receives(house, 'tick', [[1, { a: 'é😀' }], [2], []]);
    },
  },
  {
    name: 'plugin-stops-listening',
    needs: 'offFrom',
    async run({ house }) {
      await house.call('listenTo', 'host', 'tock');
      house.host.emit('tock', 1);
      await receives(house, 'tock', [[1]]);
      await house.call('offFrom', 'host', 'tock');
      house.host.emit('tock', 2);
      const after = await house.call('received', 'host', 'tock');
      assert.ok(after.every(([value]) => value === 1), `heard ${JSON.stringify(after)}`);
    },
  },
  {
    name: 'plugin-listens-once',
    needs: 'onceTo',
    async run({ house }) {
      await house.call('onceTo', 'host', 'bell');
      house.host.emit('bell', 1);
      house.host.emit('bell', 2);
      await receives(house, 'bell', [[1]]);
    },
  },
  {
    name: 'fifty-calls-back-at-once',
    async run({ house }) {
      const calls = Array.from({ length: 50 }, (_, i) => house.call('callOther', 'host', 'add', i, 2));
      assert.deepStrictEqual(await Promise.all(calls), Array.from({ length: 50 }, (_, i) => i + 2));
    },
  },
  {
    name: 'junk-is-survived',
    async run({ house }) {
      const { remote } = house;
      for (const text of junk()) remote.socket.send(text);
      // An unknown method may be answered with an error or, as the released
      // client does, not at all; an id of the engine's own keeps that open.
      const id = remote.id++;
      const answered = new Promise((resolve) => {
        remote.pendingRequest[id] = (payload, error) => resolve(error);
      });
      const requestInfo = { from: 'caller', path: 'remote' };
      remote.send({ id, action: 'request', key: 'nope', payload: [], name: 'remote', requestInfo });
      assert.strictEqual(await house.call('add', 20, 1), 21);
      const silence = house.call('echo', 'silence');
      const error = await Promise.race([answered, silence]);
      await silence;
      assert.ok(error, 'an unknown method was answered without an error');
      assert.strictEqual(remote.socket.readyState, remote.socket.OPEN);
    },
  },
  {
    name: 'plugin-serves-again-after-deactivation',
    async run({ house, methods }) {
      await house.manager.deactivatePlugin('remote');
      await eventually(() => house.remote.socket.readyState === house.remote.socket.CLOSED);
      assert.deepStrictEqual(await house.openRemote(), methods);
      assert.strictEqual(await house.call('add', 2, 3), 5);
    },
  },
];
