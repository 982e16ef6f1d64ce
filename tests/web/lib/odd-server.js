'use strict';

const { WebSocketServer } = require('../../peers/node_modules/ws8');

const PLUGIN = require.resolve('../pages/odd-plugin');

/** Serves the plugin of `pages/odd-plugin.js` to one engine, as the JSON that JavaScript makes of its values. */
async function served() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  server.once('connection', (socket) => {
    globalThis.oddPort = portOf(socket);
    delete require.cache[PLUGIN];
    require(PLUGIN);
  });
  const close = () => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  };
  return { port: server.address().port, close };
}

/** A socket as the port of messages that the plugin has elsewhere. */
function portOf(socket) {
  const port = new EventTarget();
  port.postMessage = (message) => socket.send(json(message));
  socket.on('message', (text) => port.dispatchEvent(Object.assign(new Event('message'), { data: JSON.parse(text) })));
  return port;
}

/** The JSON of a message. One without any becomes the error for whoever waits, as Remix's clients do. */
function json(message) {
  try {
    return JSON.stringify(message);
  } catch (error) {
    return JSON.stringify({ ...message, payload: undefined, error: error.message });
  }
}

module.exports = { served };
