'use strict';

// The routes of the entry handler for MQTT, over which a pomelo application gets packets: the
// topic is a route with the request's id, to which the answer goes too.

class MqttHandler {
  constructor(app) {
    this.app = app;
  }

  publish(packet, session, next) {
    const [route] = packet.topic.split('/');
    const body = packet.payload ? JSON.parse(packet.payload) : {};
    const answer = (value) => next(null, { topic: packet.topic, payload: JSON.stringify(value) });
    if (route.endsWith('.echo')) return answer(body);
    if (route.endsWith('.push')) {
      for (let seq = 0; seq < body.n; seq += 1) {
        const push = { topic: 'onPush', payload: JSON.stringify({ seq }), qos: seq % 2 };
        this.app.components.__connector__.send(null, 'onPush', push, [session.id], { type: 'push' }, () => {});
      }
      return answer({ code: 200 });
    }
    return next(null, {});
  }

  subscribe(packet, session, next) {
    next(null, packet.subscriptions.map(({ qos }) => qos));
  }
}

// Members of a class, which pomelo does not number: the dictionary is that of the example.
module.exports = (app) => new MqttHandler(app);
