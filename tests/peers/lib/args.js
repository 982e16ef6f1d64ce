'use strict';

/**
 * Reads `--flag value` pairs. `known` maps each flag to its default; a default
 * that is a number makes the flag a number, `undefined` makes it required, and
 * `false` makes it one without a value.
 */
function parseArgs(known, argv = process.argv.slice(2)) {
  const values = { ...known };
  for (let i = 0; i < argv.length; i += 1) {
    const flag = argv[i].replace(/^--/, '');
    if (flag === argv[i] || !(flag in known)) usage(known, `unknown argument ${argv[i]}`);
    if (known[flag] === false) {
      values[flag] = true;
      continue;
    }
    i += 1;
    if (i >= argv.length) usage(known, `--${flag} needs a value`);
    values[flag] = typeof known[flag] === 'number' ? toNumber(known, flag, argv[i]) : argv[i];
  }
  for (const flag of Object.keys(known)) {
    if (values[flag] === undefined) usage(known, `--${flag} is required`);
  }
  return values;
}

/**
 * Splits HOST:PORT; a scheme in front is told, and tolerated, since callers hold urls. `unix:PATH`
 * is a Unix socket.
 */
function parseAddress(text) {
  const unix = /^unix:(?:\/\/(?=\/))?(.+)$/.exec(text);
  if (unix) return { path: unix[1] };
  const match = /^(?:(\w+):\/\/)?(.+):(\d+)\/?$/.exec(text);
  if (!match) {
    process.stderr.write(`not HOST:PORT: ${text}\n`);
    process.exit(2);
  }
  return { scheme: match[1], host: match[2], port: Number(match[3]) };
}

/** Ends the program unless a flag has one of these values. */
function oneOf(flag, value, allowed) {
  if (allowed.includes(value)) return;
  process.stderr.write(`--${flag} is one of ${allowed.join(', ')}, not ${value}\n`);
  process.exit(2);
}

function toNumber(known, flag, text) {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) usage(known, `--${flag} needs a number, not "${text}"`);
  return number;
}

function usage(known, problem) {
  const flags = Object.entries(known).map(([flag, value]) => {
    if (value === undefined) return `--${flag} VALUE`;
    return value === false ? `[--${flag}]` : `[--${flag} ${value === '' ? 'VALUE' : value}]`;
  });
  process.stderr.write(`${problem}\nflags: ${flags.join(' ')}\n`);
  process.exit(2);
}

module.exports = { oneOf, parseArgs, parseAddress };
