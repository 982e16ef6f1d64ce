'use strict';

/** Texts that no side of Remix's protocol expects. */
function junk() {
  return [
    'this is not json',
    '',
    '{}',
    'null',
    '42',
    '"text"',
    '[]',
    '[1,2',
    '{"action":7,"name":[],"key":{}}',
    '{"action":"whatever","name":"x","key":"y"}',
    '{"action":"notification","name":"host","key":"nobody-listens","payload":[1]}',
    '{"action":"response","id":987654,"name":"host","key":"echo","payload":1}',
    '{"action":"response","id":"seven","name":"host","key":"echo","error":"x"}',
  ];
}

/** The value of a JSON text, or the text, as Node's channel takes either. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

module.exports = { junk, parsed };
