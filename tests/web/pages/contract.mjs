// What an engine and its plugin `remote` owe to each other, whoever has written that one.

const shown = (value) => JSON.stringify(value);

function equal(found, expected) {
  if (shown(found) !== shown(expected)) throw new Error(`${shown(found)} is not ${shown(expected)}`);
}

/** The values of an event, as they come. */
function heard(house, name, event) {
  const values = [];
  const waiting = [];
  house.engine.on(name, event, (text) => {
    values.push(JSON.parse(text));
    waiting.splice(0).forEach((check) => check());
  });
  return (length) => new Promise((resolve) => {
    const check = () => (values.length >= length ? resolve(values) : waiting.push(check));
    check();
  });
}

/** What the plugin has heard of the host, once that is so much. */
async function received(house, event, length) {
  let seen = [];
  while (seen.length < length) {
    const more = await house.call('remote', 'received', 'host', event);
    // The released client hands its list out again and again.
    seen = more.length >= length ? more : seen.concat(more);
  }
  return seen;
}

const FAILED = /^(Error from IDE : )?/;

const contract = {
  async announces_its_methods(house) {
    const methods = house.engine.methods('remote');
    for (const method of ['echo', 'add', 'fail', 'callOther', 'received']) {
      if (!methods.includes(method)) throw new Error(`${method} is not in ${methods}`);
    }
  },

  async returns_every_json_value(house) {
    const object = { text: 'héllo 漢字 😀 "\\\n\u0000\u2028', list: [1, null, [true, {}]], 'ключ': { x: -0.5 } };
    const values = ['hello', '', object, [], {}, null, 0, 42, -1.5, 1e21, 9007199254740991, true, false];
    for (const value of [...values, { __proto__: null, ['__proto__']: 1 }]) {
      equal(await house.call('remote', 'echo', value), value);
    }
  },

  async carries_a_mebibyte(house) {
    const text = 'é漢😀x'.repeat(1 << 17);
    if ((await house.call('remote', 'echo', text)) !== text) throw new Error('it came back changed');
  },

  async tells_failures(house) {
    equal(await house.failure('remote', 'fail', 'bööm 漢'), 'bööm 漢');
    const unknown = await house.failure('remote', 'nope');
    if (!unknown.includes('"nope" is not exposed')) throw new Error(unknown);
    equal(await house.call('remote', 'none'), null);
    equal(await house.call('remote', 'add', 3, 4), 7);
  },

  async calls_back(house) {
    equal(await house.call('remote', 'callOther', 'host', 'add', 20, 22), 42);
    equal(await house.call('remote', 'callOther', 'host', 'whoCalled'), { from: 'remote', path: 'host' });
    const failure = await house.failure('remote', 'callOther', 'host', 'fail', 'boom');
    equal(failure.replace(FAILED, ''), 'boom');
  },

  async cancels(house) {
    const end = await house.call('remote', 'callAndCancel', 20, 'host', 'slow', 5000, 'x');
    equal(end, '[CANCEL] Canceled call slow from remote');
  },

  async emits(house) {
    const values = heard(house, 'remote', 'changed');
    const nested = { deep: ['é😀', null] };
    for (const payload of [[1, 'x'], [], [nested]]) await house.call('remote', 'emitEvent', 'changed', ...payload);
    equal(await values(3), [[1, 'x'], [], [nested]]);
  },

  async listens(house) {
    await house.call('remote', 'listenTo', 'host', 'tick');
    for (const payload of [[1, { a: 'é' }], [2]]) await house.call('host', 'fire', 'tick', ...payload);
    equal(await received(house, 'tick', 2), [[1, { a: 'é' }], [2]]);
    await house.call('remote', 'onceTo', 'host', 'bell');
    for (const n of [1, 2]) await house.call('host', 'fire', 'bell', n);
    equal(await received(house, 'bell', 1), [[1]]);
  },

  async runs_a_hundred_calls_in_order(house) {
    const values = heard(house, 'remote', 'ran');
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    await Promise.all(numbers.map((i) => house.call('remote', 'emitEvent', 'ran', i)));
    equal(await values(100), numbers.map((i) => [i]));
  },

  async is_deactivated_and_activated_again(house) {
    equal(await house.engine.deactivate('remote'), true);
    for (let i = 0; i < 3; i += 1) {
      await house.engine.activate('remote');
      equal(await house.call('remote', 'add', i, 1), i + 1);
      await house.engine.deactivate('remote');
    }
    equal(await house.call('remote', 'add', 2, 2), 4);
  },

  async survives_junk(house) {
    if (!house.engine.methods('remote').includes('sendJunk')) return;
    await house.call('remote', 'sendJunk');
    equal(await house.call('remote', 'add', 20, 1), 21);
  },
};

/** Does all that is owed, and returns what has failed. */
export async function failures(house) {
  const failed = [];
  for (const [name, check] of Object.entries(contract)) {
    await check(house).catch((error) => failed.push(`${name}: ${error.message}`));
  }
  return failed;
}

export { equal, heard };
