'use strict';

// The route that has schemas, if the server runs with them. pomelo adds
// `__route__` to the body, which no schema has.

module.exports = () => ({
  echo(msg, session, next) {
    delete msg.__route__;
    next(null, msg);
  },
});
