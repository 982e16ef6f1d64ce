'use strict';

/**
 * Ends this program when its stdin closes. A test holds our stdin open; when it
 * dies, however it dies, the system closes the pipe, so no server is left behind.
 */
function exitWithParent() {
  for (const event of ['end', 'close', 'error']) process.stdin.on(event, () => process.exit(0));
  process.stdin.resume();
}

module.exports = { exitWithParent };
