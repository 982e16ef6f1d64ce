'use strict';

// An engine by hand, of which the page around it hears what the plugin of the query has said until
// it had looked at all that this one has posted.

const frame = document.createElement('iframe');
const seen = new Set();

addEventListener('message', ({ data, source }) => {
  if (source !== frame.contentWindow) return;
  if (data.action) seen.add(`${data.action} ${data.key}`);
  const name = 'remote';
  if (data === 'serves') {
    source.postMessage({ action: 'request', key: 'handshake', id: 0, payload: [name], name }, '*');
    source.postMessage({ action: 'request', key: 'add', id: 1, payload: [1, 2], name }, '*');
    source.postMessage('sync', '*');
  }
  if (data === 'synced') parent.postMessage([...seen].sort(), '*');
});
frame.src = decodeURIComponent(location.search.slice(1));
document.body.append(frame);
