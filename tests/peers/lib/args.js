'use strict';

/**
 * Reads `--flag value` pairs. `known` maps each flag to its default; a default
 * that is a number makes the flag a number, `undefined` makes it required.
 */
function parseArgs(known, argv = process.argv.slice(2)) {
  const values = { ...known };
  for (let i = 0; i < argv.length; i += 2) {
    const flag = argv[i].replace(/^--/, '');
    if (flag === argv[i] || !(flag in known)) usage(known, `unknown argument ${argv[i]}`);
    if (i + 1 >= argv.length) usage(known, `--${flag} needs a value`);
    values[flag] = typeof known[flag] === 'number' ? toNumber(known, flag, argv[i + 1]) : argv[i + 1];
  }
  for (const flag of Object.keys(known)) {
    if (values[flag] === undefined) usage(known, `--${flag} is required`);
  }
  return values;
}

/** Splits HOST:PORT; a scheme in front is tolerated, since callers hold urls. */
function parseAddress(text) {
  const match = /^(?:\w+:\/\/)?(.+):(\d+)\/?$/.exec(text);
  if (!match) {
    process.stderr.write(`not HOST:PORT: ${text}\n`);
    process.exit(2);
  }
  return { host: match[1], port: Number(match[2]) };
}

function toNumber(known, flag, text) {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) usage(known, `--${flag} needs a number, not "${text}"`);
  return number;
}

function usage(known, problem) {
  const flags = Object.entries(known).map(([flag, value]) => {
    return value === undefined ? `--${flag} VALUE` : `[--${flag} ${value === '' ? 'VALUE' : value}]`;
  });
  process.stderr.write(`${problem}\nflags: ${flags.join(' ')}\n`);
  process.exit(2);
}

module.exports = { parseArgs, parseAddress };
