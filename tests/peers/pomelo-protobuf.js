'use strict';

// Writes and reads messages with the released pomelo-protobuf 0.4.0:
//   node pomelo-protobuf.js
// Each line of stdin is `{"schemas":{..},"route":"..","message":{..},"hex":".."}`, and is
// answered with a line `{"parsed":{..},"version":"..","hex":"..","decoded":{..}}`: the schemas
// in their parsed form with pomelo's version of them, the message as bytes, or `error`, and
// the message that `hex` is. Ends when stdin does.

const { createHash } = require('crypto');
const readline = require('readline');
const protobuf = require('pomelo-protobuf');

// pomelo-protobuf is older than Buffer.from; its warnings would bury real ones. What it tells
// about messages that do not fit is not part of an answer.
process.noDeprecation = true;
console.warn = () => {};
const { log } = console;
console.log = () => {};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  log(JSON.stringify(answer(JSON.parse(line))));
});

function answer({ schemas, route, message, hex }) {
  const parsed = protobuf.parse(schemas);
  const text = JSON.stringify(parsed);
  const version = createHash('md5').update(text + text).digest('base64');
  protobuf.init({ encoderProtos: parsed, decoderProtos: parsed });
  const decoded = protobuf.decode(route, Buffer.from(hex, 'hex'));
  return { parsed, version, decoded, ...encoded(route, message) };
}

function encoded(route, message) {
  try {
    const bytes = protobuf.encode(route, message);
    return { hex: bytes && bytes.toString('hex') };
  } catch (error) {
    return { error: error.message };
  }
}
