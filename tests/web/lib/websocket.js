'use strict';

// The package `ws` in a page, which has the real one.

module.exports = globalThis.WebSocket;
