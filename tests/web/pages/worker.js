// The plugin in Rust in a worker.

import '/early.js';
import init, { serve_worker } from '/glue/connector_tests_web.js';

await init();
serve_worker();
