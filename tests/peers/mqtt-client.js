'use strict';

// Checks of an MQTT server through a released client library:
//   node mqtt-client.js --url [mqtts://]HOST:PORT --library 4|5 --level 3|4|5 [--only NAME] [--limit S]
// `--library` is the major version of the npm package `mqtt`, `--level` the protocol's: 3 is
// MQTT 3.1, 4 is 3.1.1, 5 is 5. The server has the routes of `tests/tests/mqtt/served.rs`.

const assert = require('assert');
const { oneOf, parseAddress, parseArgs } = require('./lib/args');
const { Checklist, LIMIT } = require('./lib/checklist');
const { exitWithParent } = require('./lib/parent');
const { Device } = require('./mqtt/device');

const flags = parseArgs({ url: undefined, library: undefined, level: 4, only: '', limit: LIMIT });
oneOf('library', flags.library, ['4', '5']);
oneOf('level', flags.level, [3, 4, 5]);
const { scheme, host, port } = parseAddress(flags.url);
const protocol = scheme === 'mqtts' ? 'mqtts' : 'mqtt';
const five = flags.level === 5;
exitWithParent();
const checks = new Checklist(flags);

/** Opens a session. */
function open(options = {}) {
  return Device.open(flags.library, { protocol, host, port, protocolVersion: flags.level, ...options });
}

/** Runs a check with a session of its own. */
function check(name, body, options) {
  return checks.run(name, () => Device.during(open(options), body));
}

async function all() {
  await check('what the server has', async (device) => {
    assert.strictEqual(device.connack.sessionPresent || false, false);
    if (!five) return;
    assert.strictEqual(device.connack.properties.maximumQoS, 1);
    assert.strictEqual(device.connack.properties.retainAvailable, false);
  });

  await check('echo', async (device) => {
    const texts = ['a', 'é', '世', 'mixed é 世 \u0000 \\ "', 'x'.repeat(40000)];
    for (const id of [1, 127, 128, 255, 256, 16383, 16384, 65535, 65536, 70000]) {
      const text = texts[id % texts.length];
      assert.deepStrictEqual(await device.request('lab.handler.echo', { text }, { id }), { text });
    }
  });

  await check('a hundred at once', async (device) => {
    const ids = Array.from({ length: 100 }, (_, n) => n + 1);
    const qos = (n) => ({ id: n, qos: n % 2 });
    const answers = ids.map((n) => device.request('lab.handler.echo', n, qos(n)));
    assert.deepStrictEqual(await Promise.all(answers), ids);
  });

  await check('QoS 1', async (device) => {
    const answered = device.message((topic) => topic.startsWith('lab.handler.echo/'));
    const id = await device.publish('lab.handler.echo', '"once"', { qos: 1 });
    const { topic, text } = await answered;
    assert.deepStrictEqual([topic, text], [`lab.handler.echo/${id}`, '"once"']);
  });

  if (five) {
    await check('a response topic', async (device) => {
      const properties = { responseTopic: 'answers/here', correlationData: Buffer.from([0, 255]) };
      const answered = device.message((topic) => topic === 'answers/here');
      await device.publish('lab.handler.echo', '[7]', { properties });
      const { text, packet } = await answered;
      assert.strictEqual(text, '[7]');
      assert.deepStrictEqual([...packet.properties.correlationData], [0, 255]);
    });
  }

  await check('pushes in order', async (device) => {
    const pushed = [];
    device.onMessage((topic, text) => { if (topic === 'onNumber') pushed.push(Number(text)); });
    assert.strictEqual(await device.request('lab.handler.push', 500), 500);
    assert.deepStrictEqual(pushed, Array.from({ length: 500 }, (_, n) => n));
  });

  await check('notifies', async (device) => {
    const text = `noted by ${device.id}`;
    for (const qos of [0, 0, 0]) await device.publish('lab.handler.note', JSON.stringify(text), { qos });
    assert.strictEqual(await device.request('lab.handler.notes', text), 3);
  });

  await check('who it is', async (device) => {
    const who = await device.request('lab.handler.who', null);
    const version = { 3: '3.1', 4: '3.1.1', 5: '5' }[flags.level];
    const told = { id: device.id, kind: 'mqtt', version, transport: 'mqtt', uid: 'ann' };
    assert.deepStrictEqual(who, told);
  }, { username: 'ann', password: 'secret' });

  await check('errors', async (device) => {
    assert.strictEqual((await device.request('lab.handler.nothing', {})).code, 500);
    const failed = await device.request('lab.handler.fail', {});
    assert.deepStrictEqual([failed.code, failed.msg], [418, 'a teapot']);
  });

  await check('subscriptions', async (device) => {
    const granted = await device.subscribe({ 'onNumber': { qos: 1 }, 'a/+/b': { qos: 0 } });
    assert.deepStrictEqual(granted.map(({ topic, qos }) => [topic, qos]), [['onNumber', 1], ['a/+/b', 0]]);
    await device.unsubscribe('a/+/b');
    assert.strictEqual(await device.request('lab.handler.echo', 1), 1);
  });

  await check('keep-alive', async (device) => {
    await new Promise((resolve) => { setTimeout(resolve, 6400); });
    assert.strictEqual(await device.request('lab.handler.echo', 1), 1);
  }, { keepalive: 2 });

  await check('a kick', async (device) => {
    const told = five ? device.disconnected() : device.message((topic) => topic === 'onKick');
    const closed = device.closed();
    await device.publish('lab.handler.leave', '');
    const kick = await told;
    await closed;
    if (five) {
      assert.deepStrictEqual([kick.reasonCode, kick.properties.reasonString], [0x98, 'too loud']);
    } else {
      assert.deepStrictEqual(JSON.parse(kick.text), { reason: 'too loud' });
    }
  });

  await check('a client id that is taken over', async (device) => {
    const closed = device.closed();
    const other = await open({ clientId: device.id });
    await closed;
    assert.strictEqual(await other.request('lab.handler.echo', 1), 1);
    await other.end();
  });

  await checks.run('a wrong password', async () => {
    const login = { username: 'ann', password: 'wrong' };
    await assert.rejects(open(login), (error) => error.code === (five ? 134 : 4));
  });

  await checks.run('QoS 2', async () => {
    if (five) return;
    const device = await open();
    const closed = device.closed();
    device.publish('lab.handler.echo', '1', { qos: 2 }).catch(() => {});
    await closed;
    await device.end();
  });

  checks.finish();
}

all();
