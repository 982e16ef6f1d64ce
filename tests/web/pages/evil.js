'use strict';

// Posts messages as if it were a plugin, or an engine, and says so when it is done.

addEventListener('message', ({ data, source }) => {
  if (!data.forge) return;
  const [, frames] = [source, source.frames];
  for (let i = 0; i < frames.length; i += 1) {
    for (const message of data.forge) frames[i].postMessage(message, '*');
  }
  for (const message of data.forge) source.postMessage(message, '*');
  source.postMessage('forged', '*');
});
parent.postMessage('evil', '*');
