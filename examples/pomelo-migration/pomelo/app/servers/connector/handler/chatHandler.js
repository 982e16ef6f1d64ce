'use strict';

module.exports = (app) => ({
  /** Says something to the room, or to one of its users. */
  send(msg, session, next) {
    const body = { from: session.uid, msg: msg.content, target: msg.target };
    const channelService = app.get('channelService');
    const done = () => next(null, { code: 200 });
    if (msg.target === '*') {
      channelService.getChannel(session.get('rid'), true).pushMessage('onChat', body, done);
    } else {
      channelService.pushMessageByUids('onChat', body, [{ uid: msg.target, sid: session.frontendId }], done);
    }
  },
});
