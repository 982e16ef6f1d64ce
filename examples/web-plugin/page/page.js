import init, { serve_page } from './pkg/web_plugin.js';

await init();
serve_page();
