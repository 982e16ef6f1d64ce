'use strict';

// Checks of `echo --transport mqtt` through a released client library:
//   node mqtt-echo.js --url [mqtts://]HOST:PORT --library 4|5 --level 3|4|5 [--only NAME] [--limit S]
// The options are those of mqtt-client.js.

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
exitWithParent();
const checks = new Checklist(flags);

function open(options = {}) {
  return Device.open(flags.library, { protocol, host, port, protocolVersion: flags.level, ...options });
}

/** Asks a method of the entry handler. */
function ask(device, method, body = {}, options) {
  return device.request(`connector.entryHandler.${method}`, body, options);
}

/** Collects the bodies of pushes to a route. `until(n)` waits for so many, and returns them. */
function pushes(device, route) {
  const bodies = [];
  let wake = () => {};
  device.onMessage((topic, text) => {
    if (topic !== route) return;
    bodies.push(JSON.parse(text));
    wake();
  });
  const until = async (n) => {
    while (bodies.length < n) await new Promise((resolve) => { wake = resolve; });
    return bodies;
  };
  return { until };
}

/** Runs a check with a session of its own. */
function check(name, body, options) {
  return checks.run(name, () => Device.during(open(options), body));
}

async function all() {
  await check('echo', async (device) => {
    const texts = ['a', 'é', '世', 'mixed é 世 \u0000 \\ "', 'x'.repeat(40000)];
    for (const id of [1, 127, 128, 255, 256, 65535, 65536, 70000]) {
      const body = { text: texts[id % texts.length] };
      assert.deepStrictEqual(await ask(device, 'echo', body, { id, qos: id % 2 }), body);
    }
  });

  await check('a hundred at once', async (device) => {
    const ids = Array.from({ length: 100 }, (_, n) => n + 1);
    const answers = ids.map((n) => ask(device, 'delay', { n, ms: (100 - n) % 7 }, { id: n }));
    assert.deepStrictEqual((await Promise.all(answers)).map(({ n }) => n), ids);
  });

  await check('pushes in order', async (device) => {
    const pushed = pushes(device, 'onPush');
    assert.deepStrictEqual(await ask(device, 'push', { n: 200, text: '世' }), { code: 200 });
    const seen = (await pushed.until(200)).map(({ seq, text }) => [seq, text]);
    assert.deepStrictEqual(seen, Array.from({ length: 200 }, (_, n) => [n, '世']));
  });

  await check('notifies', async (device) => {
    for (const n of [1, 2, 3]) await device.publish('connector.entryHandler.notify', `{"n":${n}}`);
    assert.deepStrictEqual(await ask(device, 'count'), { count: 3, last: { n: 3 } });
  });

  await check('bind and settings', async (device) => {
    const uid = `ann-${device.id}`;
    assert.deepStrictEqual(await ask(device, 'bind', { uid }), { code: 200, uid });
    assert.deepStrictEqual(await ask(device, 'set', { k: 'color', v: '赤' }), { code: 200, v: '赤' });
    assert.deepStrictEqual(await ask(device, 'get', { k: 'color' }), { code: 200, v: '赤' });
  });

  await check('a channel', async (device) => {
    const other = await open();
    const [channel, uid] = [`room-${device.id}`, `bob-${device.id}`];
    const heard = [device, other].map((member) => pushes(member, 'onChannel'));
    await ask(device, 'bind', { uid });
    for (const member of [device, other]) await ask(member, 'join', { channel });
    await ask(device, 'say', { channel, text: 'hello 世' });
    for (const member of heard) {
      assert.deepStrictEqual(await member.until(1), [{ from: uid, text: 'hello 世' }]);
    }
    await other.end();
  });

  await check('an unknown method', async (device) => {
    assert.strictEqual((await ask(device, 'nothing')).code, 500);
    assert.deepStrictEqual(await ask(device, 'echo', { still: 1 }), { still: 1 });
  });

  await check('a kick with its reason', async (device) => {
    const told = flags.level === 5
      ? device.disconnected().then((packet) => packet.properties.reasonString)
      : device.message((topic) => topic === 'onKick').then(({ text }) => JSON.parse(text).reason);
    const closed = device.closed();
    assert.deepStrictEqual(await ask(device, 'kick', { reason: 'enough 世' }), { code: 200 });
    assert.strictEqual(await told, 'enough 世');
    await closed;
  });

  await check('keep-alive', async (device) => {
    await new Promise((resolve) => { setTimeout(resolve, 4400); });
    assert.deepStrictEqual(await ask(device, 'echo', [1]), [1]);
  }, { keepalive: 2 });

  checks.finish();
}

all();
