'use strict';

/** The route of a method of the handler that most checks speak to. */
const entry = (method) => `connector.entryHandler.${method}`;

module.exports = { entry };
