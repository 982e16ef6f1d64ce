'use strict';

// The application as pomelo ran it; its `pomelo start` is left out.
module.exports = (pomelo, app) => {
  app.set('name', 'chat');
  app.set('connectorConfig', {
    connector: pomelo.connectors.hybridconnector,
    heartbeat: 3,
    distinctHost: true,
    useDict: true,
    useProtobuf: true,
  });
};
