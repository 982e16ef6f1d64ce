'use strict';

module.exports = () => ({
  greet(msg, session, next) {
    next(null, { code: 200, n: msg.n + 1, s: msg.s });
  },
});
