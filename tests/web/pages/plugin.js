// The plugin in Rust in a frame, for the parents of the query's `origin`s. `late` makes it load so
// late that an engine has long spoken, and `tell` makes it say when it serves.

import init, { serve_parent } from '/glue/connector_tests_web.js';

const query = new URLSearchParams(location.search);

// Whoever posts this knows that all that was posted before has been looked at.
addEventListener('message', ({ data, source }) => {
  if (data === 'sync') source.postMessage('synced', '*');
});

if (query.has('late')) await new Promise((resolve) => setTimeout(resolve, 300));
await init();
serve_parent(query.getAll('origin'));
if (query.has('tell')) parent.postMessage('serves', '*');
