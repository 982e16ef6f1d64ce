import './early.js';
import init, { serve_worker } from './pkg/web_plugin.js';

await init();
serve_worker();
