'use strict';

// The routes of the project's `echo` example, written as a pinus application
// would write them: handlers are async. Like pomelo, pinus adds `__route__` to
// every body before the handler runs.

const KICK_DELAY_MS = 50;

module.exports.default = (app) => new Handler(app);

class Handler {
  constructor(app) {
    this.app = app;
  }

  async echo(msg) {
    return bodyOf(msg);
  }

  async delay(msg) {
    await new Promise((done) => setTimeout(done, msg.ms || 0));
    return bodyOf(msg);
  }

  async notify(msg, session) {
    const seen = session.get('notified') || { count: 0 };
    session.set('notified', { count: seen.count + 1, last: bodyOf(msg) });
    await session.apush('notified');
  }

  async count(msg, session) {
    return session.get('notified') || { count: 0 };
  }

  async push(msg, session) {
    setImmediate(() => {
      for (let seq = 0; seq < (msg.n === undefined ? 1 : msg.n); seq += 1) {
        this.pushTo(session, msg.route || 'onPush', pushBody(seq, msg.text));
      }
    });
    return { code: 200 };
  }

  async triggerPush(msg, session) {
    this.pushTo(session, 'onPush', pushBody(0, msg.text));
  }

  async bind(msg, session) {
    return uidAnswer(session.abind(msg.uid), msg.uid);
  }

  async unbind(msg, session) {
    return uidAnswer(session.aunbind(msg.uid), msg.uid);
  }

  async set(msg, session) {
    session.set(msg.k, msg.v);
    await session.apush(msg.k);
    return { code: 200, v: msg.v };
  }

  async get(msg, session) {
    return { code: 200, v: session.get(msg.k) };
  }

  async join(msg, session) {
    this.app.get('channelService').getChannel(msg.channel, true).add(session.uid, session.frontendId);
    return { code: 200 };
  }

  async say(msg, session) {
    const channel = this.app.get('channelService').getChannel(msg.channel, true);
    await channel.apushMessage('onChannel', { from: session.uid, text: msg.text });
    return { code: 200 };
  }

  async broadcast(msg) {
    const body = { from: 'all', text: msg.text };
    await this.app.get('channelService').abroadcast('connector', 'onChannel', body, {});
    return { code: 200 };
  }

  async kick(msg, session) {
    const { sessionService } = this.app;
    setTimeout(() => sessionService.kickBySessionId(session.id, msg.reason), KICK_DELAY_MS);
    return { code: 200 };
  }

  async fail() {
    throw new Error('fail was asked for');
  }

  async empty() {}

  // Pushes by uid need a bound session; this is the call that they end in.
  pushTo(session, route, body) {
    this.app.components.__connector__.send(null, route, body, [session.id], { type: 'push' }, () => {});
  }
}

function bodyOf(msg) {
  if (msg !== null && typeof msg === 'object') delete msg.__route__;
  return msg;
}

function pushBody(seq, text) {
  return { seq, text: text || '', nums: [seq, 0 - seq] };
}

async function uidAnswer(done, uid) {
  try {
    await done;
    return { code: 200, uid };
  } catch (error) {
    return { code: 500, msg: String(error.message || error) };
  }
}
