// The module in a thread of Node.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export async function load(glue) {
  const rust = await import(pathToFileURL(join(glue, 'connector_tests_web.js')));
  await rust.default({ module_or_path: await readFile(join(glue, 'connector_tests_web_bg.wasm')) });
  return rust;
}
