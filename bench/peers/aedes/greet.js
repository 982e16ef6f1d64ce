'use strict';

// A broker, and one responder that answers what is published to `ask/ID` at `answer/ID`:
//   node greet.js
// Both are one program, so that its processor time is all that an exchange costs. Prints
// `READY <port>`; ends when stdin closes.

const net = require('net');
const { Aedes } = require('aedes');
const mqtt = require('mqtt');

async function main() {
  const broker = await Aedes.createBroker();
  const server = net.createServer((socket) => {
    socket.setNoDelay(true);
    broker.handle(socket);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address();
  const responder = await mqtt.connectAsync({ host: '127.0.0.1', port, keepalive: 0 });
  responder.on('message', (topic, payload) => {
    const { n, s } = JSON.parse(payload.toString());
    responder.publish(topic.replace('ask', 'answer'), JSON.stringify({ code: 200, n: n + 1, s }));
  });
  await responder.subscribeAsync('ask/+');
  console.log(`READY ${port}`);
}

main();
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
