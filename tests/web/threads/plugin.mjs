// The plugin in Rust in a thread of Node.

import { workerData } from 'node:worker_threads';

import { load } from './glue.mjs';

const rust = await load(workerData.glue);
rust.serve_port(workerData.port);
