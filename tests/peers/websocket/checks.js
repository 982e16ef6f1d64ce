'use strict';

/**
 * What any client does with an echo, by the interface that browsers have: `ws`
 * has it too. It is sent to the page as text, so it names nothing outside.
 *
 * @param WebSocket  the class to use
 * @param urls       `binary` and `text`: echoes that send such messages; `deflated`, if
 *                   there is one: an echo of texts that compresses
 */
function checks(WebSocket, urls) {
  const SIZES = [0, 1, 125, 126, 127, 65535, 65536, 100000, 1 << 20];
  const TEXTS = ['hello', '', '\0', 'Hällo 世界 🌍', '\uffff\ufffd\u{10ffff}', 'a\r\nb\u2028"\\'];

  function assert(holds, what) {
    if (!holds) throw new Error(what);
  }

  /** An open connection, whose messages wait in `next`. */
  async function open(url, ...protocols) {
    const socket = new WebSocket(url, ...protocols);
    socket.binaryType = 'arraybuffer';
    const [messages, takers] = [[], []];
    socket.onmessage = ({ data }) => {
      const take = takers.shift();
      if (take) take(data);
      else messages.push(data);
    };
    const closed = new Promise((resolve) => { socket.onclose = resolve; });
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error('the connection does not open'));
    });
    socket.onerror = null;
    const next = () => (messages.length ? messages.shift() : new Promise((take) => takers.push(take)));
    return { socket, next, closed };
  }

  async function close({ socket, closed }, ...how) {
    socket.close(...how);
    return closed;
  }

  const compressed = {
    async compressed_texts_come_back() {
      const connection = await open(urls.deflated);
      const { extensions } = connection.socket;
      assert(extensions.startsWith('permessage-deflate'), `no compression: ${extensions}`);
      for (let round = 0; round < 3; round += 1) {
        for (const text of [...TEXTS, 'again and again '.repeat(200), '世界🌍 abc'.repeat((1 << 20) / 14)]) {
          connection.socket.send(text);
          const back = await connection.next();
          assert(back === text, `${text.length} characters: ${String(back).slice(0, 20)}`);
        }
      }
      const end = await close(connection, 1000);
      assert(end.wasClean && end.code === 1000, `${end.code} instead of 1000`);
    },
  };

  return {
    ...(urls.deflated ? compressed : {}),

    async no_extension_and_no_protocol() {
      const connection = await open(urls.text);
      assert(connection.socket.extensions === '', connection.socket.extensions);
      assert(connection.socket.protocol === '', connection.socket.protocol);
      await close(connection);
    },

    async the_first_protocol_is_answered() {
      const connection = await open(urls.text, ['game.v2', 'game.v1']);
      assert(connection.socket.protocol === 'game.v2', connection.socket.protocol);
      await close(connection);
    },

    async texts_come_back() {
      const connection = await open(urls.text);
      for (const text of [...TEXTS, '世界🌍 abc'.repeat((1 << 20) / 14)]) {
        connection.socket.send(text);
        const back = await connection.next();
        assert(back === text, `${text.length} characters: ${String(back).slice(0, 20)}`);
      }
      await close(connection);
    },

    async bytes_come_back() {
      const connection = await open(urls.binary);
      for (const size of SIZES) {
        const bytes = Uint8Array.from({ length: size }, (_, i) => i % 251);
        connection.socket.send(bytes);
        const back = new Uint8Array(await connection.next());
        assert(back.length === size && back.every((byte, i) => byte === i % 251), `${size} bytes`);
      }
      await close(connection);
    },

    async many_come_back_in_order() {
      const connection = await open(urls.text);
      for (let i = 0; i < 2000; i += 1) connection.socket.send(`${i}`);
      for (let i = 0; i < 2000; i += 1) {
        const back = await connection.next();
        assert(back === `${i}`, `${back} instead of ${i}`);
      }
      await close(connection);
    },

    async codes_come_back() {
      for (const code of [1000, 3000, 4000, 4999]) {
        const end = await close(await open(urls.text), code, 'grün 世界');
        assert(end.wasClean && end.code === code, `${end.code} instead of ${code}`);
      }
      const end = await close(await open(urls.text));
      assert(end.wasClean && end.code === 1005, `${end.code} instead of none`);
    },

    async what_is_too_long_ends_the_connection() {
      const connection = await open(urls.binary);
      connection.socket.send(new Uint8Array((16 << 20) + 100));
      const end = await connection.closed;
      assert(end.code === 1009, `${end.code} instead of 1009`);
      assert(end.reason.includes(`${(16 << 20) + 100} bytes`), end.reason);
    },
  };
}

module.exports = { checks };
