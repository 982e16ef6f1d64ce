// The stay of the module of `examples/chat-web`, in the place of the script's.

import init, { Stay } from './chat_web.js';

await init();

export { Stay };
