'use strict';

const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { PATIENCE, within } = require('../lib/within');

const FILE = { isDirectory: false };
const DIRECTORY = { isDirectory: true };

module.exports = [
  {
    name: 'handshake-lists-the-methods',
    async run({ methods }) {
      const all = ['exists', 'isDirectory', 'list', 'mkdir', 'readFile', 'remove', 'rename', 'writeFile'];
      assert.deepStrictEqual([...methods].sort(), all);
    },
  },
  {
    name: 'a-file-is-written-and-read',
    async run({ house, root }) {
      const text = 'pragma solidity ^0.8.0; // héllo 漢字 😀 "\\\r\n\u0000\u2028';
      assert.strictEqual(await house.call('writeFile', 'contracts/1_Storage.sol', text), undefined);
      assert.strictEqual(await house.call('readFile', '/contracts/1_Storage.sol'), text);
      assert.strictEqual(fs.readFileSync(path.join(root, 'contracts/1_Storage.sol'), 'utf8'), text);
    },
  },
  {
    // The shape of Remix's own `readdir`.
    name: 'a-list-names-whole-paths',
    async run({ house }) {
      assert.deepStrictEqual(await house.call('list', '/'), { contracts: DIRECTORY });
      assert.deepStrictEqual(await house.call('list', 'contracts'), { 'contracts/1_Storage.sol': FILE });
      assert.deepStrictEqual(await house.call('list', ''), { contracts: DIRECTORY });
    },
  },
  {
    name: 'directories-are-made-renamed-and-removed',
    async run({ house, root }) {
      assert.strictEqual(await house.call('mkdir', 'a/b'), undefined);
      assert.strictEqual(await house.call('isDirectory', 'a/b'), true);
      assert.strictEqual(await house.call('rename', 'a/b', 'ключ'), undefined);
      assert.strictEqual(await house.call('exists', 'a/b'), false);
      assert.strictEqual(await house.call('exists', 'ключ'), true);
      assert.strictEqual(await house.call('isDirectory', 'contracts/1_Storage.sol'), false);
      for (const name of ['a', 'ключ']) assert.strictEqual(await house.call('remove', name), undefined);
      assert.deepStrictEqual(fs.readdirSync(root), ['contracts']);
    },
  },
  {
    name: 'errors-say-what-and-where',
    async run({ house }) {
      const failures = [
        ['readFile', 'no.sol', '`no.sol` does not exist'],
        ['readFile', 'contracts', '`contracts` is a directory, not a file'],
        ['list', 'contracts/1_Storage.sol', '`contracts/1_Storage.sol`, or a part of it, is not a directory'],
        ['isDirectory', 'no', '`no` does not exist'],
        ['mkdir', 'contracts', '`contracts` exists already'],
        ['readFile', '../secret', '`../secret` leads outside of the served directory'],
        ['remove', '', '`.` does not end with a name'],
      ];
      for (const [method, file, text] of failures) {
        assert.strictEqual(await rejection(house.call(method, file)), text);
      }
      assert.strictEqual(
        await rejection(house.call('rename', 'contracts/1_Storage.sol', 'contracts')),
        '`contracts` exists already',
      );
      assert.match(await rejection(house.call('readFile')), /`readFile`/);
      assert.match(await rejection(house.call('readFile', 7)), /`readFile`/);
    },
  },
  {
    name: 'nothing-outside-is-read',
    async run({ house, root }) {
      fs.symlinkSync('../secret', path.join(root, 'link'));
      for (const file of ['link', '../secret', path.join('contracts', '..', '..', 'secret')]) {
        assert.match(await rejection(house.call('readFile', file)), /leads outside/);
        assert.match(await rejection(house.call('writeFile', file, 'x')), /leads outside/);
      }
      const absolute = path.join(path.dirname(root), 'secret');
      assert.match(await rejection(house.call('readFile', absolute)), /does not exist/);
      assert.strictEqual(fs.readFileSync(absolute, 'utf8'), 'secret');
      await house.call('remove', 'link');
    },
  },
  {
    name: 'a-long-file-is-read-and-a-longer-one-is-not',
    async run({ house, root }) {
      const text = 'x'.repeat(2 << 20);
      await house.call('writeFile', 'long', text);
      assert.ok((await house.call('readFile', 'long')) === text, 'came back changed');
      fs.appendFileSync(path.join(root, 'long'), 'x');
      assert.strictEqual(await rejection(house.call('readFile', 'long')), '`long` is longer than 2097152 bytes');
      await house.call('remove', 'long');
    },
  },
  {
    name: 'calls-run-in-order',
    async run({ house }) {
      const done = [];
      for (let i = 0; i < 100; i += 1) {
        done.push(house.call('writeFile', 'counter', `${i}`));
        done.push(house.call('readFile', 'counter').then((text) => assert.strictEqual(text, `${i}`)));
      }
      await Promise.all(done);
      await house.call('remove', 'counter');
    },
  },
  {
    name: 'changes-of-others-are-events',
    async run({ house, root }) {
      const events = await Events.of(house.host, root);
      fs.writeFileSync(path.join(root, 'new.sol'), 'x');
      await events.next('fileAdded', 'new.sol');
      fs.appendFileSync(path.join(root, 'new.sol'), 'x');
      await events.next('fileChanged', 'new.sol');
      fs.mkdirSync(path.join(root, 'dir'));
      fs.renameSync(path.join(root, 'new.sol'), path.join(root, 'dir/new.sol'));
      await events.next('fileAdded', 'dir/new.sol');
      await events.next('fileRemoved', 'new.sol');
      fs.rmSync(path.join(root, 'dir'), { recursive: true });
      await events.next('fileRemoved', 'dir/new.sol');
      events.end();
    },
  },
  {
    name: 'changes-by-calls-are-events',
    async run({ house, root }) {
      const events = await Events.of(house.host, root);
      await house.call('writeFile', 'mine', 'x');
      await events.next('fileAdded', 'mine');
      await house.call('writeFile', 'mine', 'y');
      await events.next('fileChanged', 'mine');
      await house.call('remove', 'mine');
      await events.next('fileRemoved', 'mine');
      events.end();
    },
  },
  {
    name: 'what-is-read-or-outside-is-no-event',
    async run({ house, root }) {
      fs.mkdirSync(path.join(root, '../beside'));
      fs.symlinkSync('../beside', path.join(root, 'beside'));
      const events = await Events.of(house.host, root);
      await house.call('readFile', 'contracts/1_Storage.sol');
      fs.writeFileSync(path.join(root, 'beside/file'), 'x');
      fs.writeFileSync(path.join(root, '../secret'), 'secret');
      fs.writeFileSync(path.join(root, 'last'), 'x');
      await events.next('fileAdded', 'last');
      events.end();
    },
  },
  {
    name: 'a-file-that-is-saved-in-steps-changes-once',
    async run({ house, root }) {
      const events = await Events.of(house.host, root);
      const file = path.join(root, 'last');
      for (const text of ['a', 'b', 'c', 'd']) fs.writeFileSync(file, text);
      fs.writeFileSync(`${file}~`, 'e');
      fs.renameSync(`${file}~`, file);
      await events.next('fileChanged', 'last');
      fs.rmSync(file);
      await events.next('fileRemoved', 'last');
      events.end();
    },
  },
];

/** The events of the plugin, in order. */
class Events {
  /** Begins behind the events of all that has happened before. */
  static async of(listener, root) {
    const events = new Events(listener);
    const file = path.join(root, 'begin');
    fs.writeFileSync(file, '');
    await events.until('fileAdded', 'begin');
    fs.rmSync(file);
    await events.until('fileRemoved', 'begin');
    return events;
  }

  constructor(listener) {
    this.listener = listener;
    this.heard = [];
    this.wake = () => {};
    // The engine replays the last event of each kind while it subscribes.
    let isReplay = true;
    for (const event of Events.ALL) {
      listener.on('remote', event, (...payload) => {
        if (isReplay) return;
        this.heard.push([event, ...payload]);
        this.wake();
      });
    }
    isReplay = false;
  }

  /** Waits for the next event, which must be this one. */
  async next(...event) {
    assert.deepStrictEqual(await this.any(event), event);
  }

  /** Waits for this event. */
  async until(...event) {
    while (`${await this.any(event)}` !== `${event}`);
  }

  async any(awaited) {
    const heard = new Promise((resolve) => { this.wake = resolve; });
    if (this.heard.length === 0) await within(PATIENCE, awaited.join(' '), heard);
    return this.heard.shift();
  }

  end() {
    for (const event of Events.ALL) this.listener.off('remote', event);
    assert.deepStrictEqual(this.heard, []);
  }
}

Events.ALL = ['fileAdded', 'fileChanged', 'fileRemoved'];

async function rejection(promise) {
  try {
    const value = await promise;
    throw new Error(`it resolved with ${JSON.stringify(value)}`);
  } catch (error) {
    return typeof error === 'string' ? error : error.message;
  }
}
