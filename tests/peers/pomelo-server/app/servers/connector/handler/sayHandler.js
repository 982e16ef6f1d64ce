'use strict';

// The routes whose bodies the example writes in the format of each session; pomelo knows JSON.

module.exports = (app) => ({
  say({ value }, session, next) {
    if (value) return next(null, { value });
    return next(null, { code: 422, msg: 'say something' });
  },

  told({ value }, session, next) {
    app.components.__connector__.send(null, 'onSay', { value }, [session.id], { type: 'push' }, () => {});
    next();
  },
});
