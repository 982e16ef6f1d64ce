'use strict';

const assert = require('assert');
const { Message } = require('pomelo-protocol');
const { entry } = require('./entry');

const pushBody = (seq, text) => ({ seq, text, nums: [seq, 0 - seq] });

module.exports = [
  {
    name: 'notify-then-count',
    async run({ connect }) {
      const connection = await connect();
      assert.deepStrictEqual(await connection.request(entry('count'), {}), { count: 0 });
      for (let i = 1; i <= 5; i += 1) connection.notify(entry('notify'), { i, text: 'ñ漢' });
      // Also shows that one session's messages are handled in order.
      const answer = await connection.request(entry('count'), {});
      assert.deepStrictEqual(answer, { count: 5, last: { i: 5, text: 'ñ漢' } });
      const other = await connect();
      assert.deepStrictEqual(await other.request(entry('count'), {}), { count: 0 });
    },
  },
  {
    name: 'notify-gets-no-answer',
    async run({ connect }) {
      const connection = await connect();
      connection.notify(entry('echo'), { a: 1 });
      connection.notify(entry('fail'), {});
      await connection.request(entry('echo'), { b: 2 });
      const bodies = connection.messages.map(({ body }) => body.toString('utf8'));
      assert.deepStrictEqual(bodies, ['{"b":2}']);
    },
  },
  {
    name: 'push-once-by-default',
    async run({ connect }) {
      const connection = await connect();
      const inbox = connection.inbox('onPush');
      assert.deepStrictEqual(await connection.request(entry('push'), {}), { code: 200 });
      assert.deepStrictEqual(await inbox.next(), pushBody(0, ''));
      await connection.request(entry('echo'), {});
      assert.strictEqual(inbox.items.length, 0);
    },
  },
  {
    name: 'pushes-follow-the-answer-in-order',
    async run({ connect }) {
      const connection = await connect();
      const count = 50;
      const inbox = connection.inbox('onNews');
      await connection.request(entry('push'), { n: count, route: 'onNews', text: 'ünï漢' });
      const bodies = await inbox.take(count);
      assert.deepStrictEqual(bodies, Array.from({ length: count }, (_, seq) => pushBody(seq, 'ünï漢')));
      const types = connection.messages.map(({ type }) => type);
      assert.deepStrictEqual(types, [Message.TYPE_RESPONSE, ...Array(count).fill(Message.TYPE_PUSH)]);
    },
  },
  {
    name: 'push-on-a-route-of-255-bytes',
    async run({ connect }) {
      const connection = await connect();
      // The route's length is one byte and counts bytes, not characters.
      const route = `on${'漢'.repeat(84)}x`;
      const inbox = connection.inbox(route);
      await connection.request(entry('push'), { n: 1, route });
      assert.deepStrictEqual(await inbox.next(), pushBody(0, ''));
    },
  },
  {
    name: 'notify-triggers-a-push',
    async run({ connect }) {
      const connection = await connect();
      const inbox = connection.inbox('onPush');
      connection.notify(entry('triggerPush'), { text: 'ping' });
      const body = await inbox.next();
      assert.strictEqual(body.seq, 0);
    },
  },
];
