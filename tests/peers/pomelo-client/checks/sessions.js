'use strict';

const assert = require('assert');
const { PATIENCE, within } = require('../../lib/within');
const { entry } = require('./entry');

let serial = 0;

/** A name that no other run or check on the same server uses. */
function fresh(word) {
  serial += 1;
  return `${word}-${process.pid}-${Date.now()}-${serial}`;
}

module.exports = [
  {
    name: 'settings-belong-to-the-session',
    async run({ connect }) {
      const one = await connect();
      const two = await connect();
      await one.request(entry('set'), { k: 'colour', v: { name: 'grün', rgb: [0, 255, 0] } });
      await two.request(entry('set'), { k: 'colour', v: 'red' });
      const first = await one.request(entry('get'), { k: 'colour' });
      assert.deepStrictEqual(first, { code: 200, v: { name: 'grün', rgb: [0, 255, 0] } });
      assert.deepStrictEqual(await two.request(entry('get'), { k: 'colour' }), { code: 200, v: 'red' });
      const unset = await two.request(entry('get'), { k: 'never set' });
      assert.strictEqual(unset.code, 200);
      assert.ok(unset.v === undefined || unset.v === null, `an unset key gave ${JSON.stringify(unset.v)}`);
    },
  },
  {
    name: 'bind-and-unbind',
    async run({ connect }) {
      const connection = await connect();
      const uid = fresh('uid');
      assert.deepStrictEqual(await connection.request(entry('bind'), { uid }), { code: 200, uid });
      // Binding the same uid again is no error, another one is.
      assert.deepStrictEqual(await connection.request(entry('bind'), { uid }), { code: 200, uid });
      await refused(connection.request(entry('bind'), { uid: fresh('other') }));
      await refused(connection.request(entry('unbind'), { uid: fresh('other') }));
      assert.deepStrictEqual(await connection.request(entry('unbind'), { uid }), { code: 200, uid });
      const next = fresh('uid');
      assert.deepStrictEqual(await connection.request(entry('bind'), { uid: next }), { code: 200, uid: next });
    },
  },
  {
    name: 'channel-reaches-its-members-only',
    async run({ connect }) {
      const [ann, bob, eve] = [await connect(), await connect(), await connect()];
      const [uid, channel] = [fresh('ann'), fresh('room')];
      await ann.request(entry('bind'), { uid });
      await bob.request(entry('bind'), { uid: fresh('bob') });
      await ann.request(entry('join'), { channel });
      await bob.request(entry('join'), { channel });
      const inboxes = [ann, bob, eve].map((connection) => connection.inbox('onChannel'));
      await ann.request(entry('say'), { channel, text: 'hällo 漢' });
      for (const inbox of inboxes.slice(0, 2)) {
        assert.deepStrictEqual(await nextSaid(inbox), { from: uid, text: 'hällo 漢' });
      }
      // An answer that comes after the push would have: eve got none.
      await eve.request(entry('echo'), {});
      assert.deepStrictEqual(inboxes[2].items.filter(isSaid), []);
    },
  },
  {
    name: 'channel-forgets-a-member-that-left',
    async run({ connect }) {
      const [ann, bob] = [await connect(), await connect()];
      const [uid, channel] = [fresh('ann'), fresh('room')];
      await ann.request(entry('bind'), { uid });
      await bob.request(entry('bind'), { uid: fresh('bob') });
      await ann.request(entry('join'), { channel });
      await bob.request(entry('join'), { channel });
      const inbox = ann.inbox('onChannel');
      bob.close();
      await within(PATIENCE, 'close', bob.closed);
      await ann.request(entry('say'), { channel, text: 'alone' });
      assert.deepStrictEqual(await nextSaid(inbox), { from: uid, text: 'alone' });
    },
  },
  {
    name: 'broadcast-reaches-every-session',
    async run({ connect }) {
      const all = [await connect(), await connect(), await connect()];
      await all[0].request(entry('bind'), { uid: fresh('uid') });
      const text = fresh('to all ✓');
      const inboxes = all.map((connection) => connection.inbox('onChannel'));
      // A client counts as connected once it has sent its ack. What the server
      // pushes before it has read that is dropped, so wait for an answer.
      for (const connection of all) await connection.request(entry('echo'), {});
      await all[1].request(entry('broadcast'), { text });
      for (const inbox of inboxes) assert.deepStrictEqual(await nextWithText(inbox, text), { from: 'all', text });
    },
  },
  {
    name: 'kick-tells-its-reason-then-closes',
    async run({ connect, driver }) {
      const connection = await connect();
      const other = await connect();
      const reason = 'too löud 漢';
      await connection.request(entry('kick'), { reason });
      const kick = await within(PATIENCE, 'the kick event', connection.kicked);
      await within(PATIENCE, 'close after the kick', connection.closed);
      // The node client announces a kick without its reason: look at the wire.
      if (driver !== 'node') assert.deepStrictEqual(kick, { reason });
      const last = connection.packages.at(-1);
      assert.strictEqual(last.type, 5);
      assert.deepStrictEqual(JSON.parse(last.body.toString('utf8')), { reason });
      assert.deepStrictEqual(await other.request(entry('echo'), { a: 1 }), { a: 1 });
    },
  },
];

async function refused(answer) {
  const { code, msg } = await answer;
  assert.strictEqual(code, 500);
  assert.ok(typeof msg === 'string' && msg.length > 0, `no msg: ${JSON.stringify(msg)}`);
}

// Other lists may broadcast on the same server meanwhile.

const isSaid = ({ from }) => from !== 'all';

const nextSaid = (inbox) => nextWhere(inbox, isSaid);

const nextWithText = (inbox, text) => nextWhere(inbox, (body) => body.text === text);

async function nextWhere(inbox, isWanted) {
  for (;;) {
    const body = await inbox.next();
    if (isWanted(body)) return body;
  }
}
