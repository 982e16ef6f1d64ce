// The plugin in Rust in a shared worker.

import '/early.js';
import init, { serve_shared_worker } from '/glue/connector_tests_web.js';

await init();
serve_shared_worker();
