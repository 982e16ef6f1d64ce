'use strict';

module.exports = (app) => ({
  /** Signs in, and joins a room. */
  enter(msg, session, next) {
    const { username, rid } = msg;
    if (app.get('sessionService').getByUid(username)) {
      next(null, { code: 500 });
      return;
    }
    session.bind(username, () => {
      session.set('rid', rid);
      session.on('closed', () => leave(app, username, rid, session.frontendId));
      session.push('rid', () => {
        const channel = app.get('channelService').getChannel(rid, true);
        channel.add(username, session.frontendId);
        channel.pushMessage('onAdd', { user: username }, () => {
          next(null, { code: 200, users: channel.getMembers().sort() });
        });
      });
    });
  },
});

function leave(app, username, rid, frontendId) {
  const channel = app.get('channelService').getChannel(rid, false);
  if (!channel) return;
  channel.leave(username, frontendId);
  channel.pushMessage('onLeave', { user: username }, () => {});
}
