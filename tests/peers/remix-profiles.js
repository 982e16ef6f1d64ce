'use strict';

// The profiles that the released JavaScript client 0.3.44 applies by default:
//   node remix-profiles.js
// Each line of stdin is a plugin's name and is answered with its profile as a line of JSON,
// or `names` with the names of all. Ends when stdin does.

const readline = require('readline');
const { defaultOptions } = require('@remixproject/plugin');

const profiles = defaultOptions.customApi;

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  console.log(JSON.stringify(line === 'names' ? Object.keys(profiles) : profiles[line]));
});
