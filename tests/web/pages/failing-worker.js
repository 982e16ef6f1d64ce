'use strict';

// A worker by hand, whose method `crash` throws where nobody catches it.

addEventListener('message', ({ data: { action, key, name, id, payload } }) => {
  if (action !== 'request') return;
  const answer = (value) => postMessage({ action: 'response', name, key, id, payload: value });
  if (key === 'handshake') answer(['crash', 'add']);
  else if (key === 'add') answer(payload[0] + payload[1]);
  else throw new Error('it crashes');
});
