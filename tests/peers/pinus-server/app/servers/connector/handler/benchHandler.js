'use strict';

module.exports.default = () => new Handler();

class Handler {
  async greet(msg) {
    return { code: 200, n: msg.n + 1, s: msg.s };
  }
}
