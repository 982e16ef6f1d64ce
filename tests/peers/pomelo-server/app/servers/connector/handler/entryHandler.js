'use strict';

// The routes of the project's `echo` example, written as a pomelo application
// would write them. pomelo adds `__route__` to every body before the handler
// runs; what goes back to the client must not carry it.

const KICK_DELAY_MS = 50;

// Members of an object, not of a class: pomelo numbers those that can be listed.
module.exports = (app) => ({
  echo(msg, session, next) {
    next(null, bodyOf(msg));
  },

  delay(msg, session, next) {
    setTimeout(() => next(null, bodyOf(msg)), msg.ms || 0);
  },

  notify(msg, session, next) {
    const seen = session.get('notified') || { count: 0 };
    session.set('notified', { count: seen.count + 1, last: bodyOf(msg) });
    session.push('notified', () => next(null));
  },

  count(msg, session, next) {
    next(null, session.get('notified') || { count: 0 });
  },

  push(msg, session, next) {
    next(null, { code: 200 });
    for (let seq = 0; seq < (msg.n === undefined ? 1 : msg.n); seq += 1) {
      pushTo(app, session, msg.route || 'onPush', pushBody(seq, msg.text));
    }
  },

  triggerPush(msg, session, next) {
    pushTo(app, session, 'onPush', pushBody(0, msg.text));
    next(null);
  },

  bind(msg, session, next) {
    session.bind(msg.uid, (error) => next(null, uidAnswer(error, msg.uid)));
  },

  unbind(msg, session, next) {
    session.unbind(msg.uid, (error) => next(null, uidAnswer(error, msg.uid)));
  },

  set(msg, session, next) {
    session.set(msg.k, msg.v);
    session.push(msg.k, () => next(null, { code: 200, v: msg.v }));
  },

  get(msg, session, next) {
    next(null, { code: 200, v: session.get(msg.k) });
  },

  join(msg, session, next) {
    // pomelo's channels hold uids, so a session must be bound before it joins.
    app.get('channelService').getChannel(msg.channel, true).add(session.uid, session.frontendId);
    next(null, { code: 200 });
  },

  say(msg, session, next) {
    const channel = app.get('channelService').getChannel(msg.channel, true);
    channel.pushMessage('onChannel', { from: session.uid, text: msg.text }, () => next(null, { code: 200 }));
  },

  broadcast(msg, session, next) {
    const body = { from: 'all', text: msg.text };
    app.get('channelService').broadcast('connector', 'onChannel', body, {}, () => next(null, { code: 200 }));
  },

  kick(msg, session, next) {
    next(null, { code: 200 });
    setTimeout(() => app.get('sessionService').kickBySessionId(session.id, msg.reason), KICK_DELAY_MS);
  },

  fail(msg, session, next) {
    next(new Error('fail was asked for'));
  },

  empty(msg, session, next) {
    next(null);
  },
});

/** Pushes by uid need a bound session; this is the call that they end in. */
function pushTo(app, session, route, body) {
  app.components.__connector__.send(null, route, body, [session.id], { type: 'push' }, () => {});
}

function bodyOf(msg) {
  if (msg !== null && typeof msg === 'object') delete msg.__route__;
  return msg;
}

function pushBody(seq, text) {
  return { seq, text: text || '', nums: [seq, 0 - seq] };
}

function uidAnswer(error, uid) {
  return error ? { code: 500, msg: String(error.message || error) } : { code: 200, uid };
}
