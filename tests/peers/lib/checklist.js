'use strict';

const { PATIENCE, within } = require('./within');

/** Seconds for a whole list, less than the tests wait for a program. */
const LIMIT = 170;
const ERROR_CHARS = 500;

/**
 * Runs named checks one after another and reports them: a line for each check,
 * then one line of JSON. The process ends with the list: 0 when nothing failed,
 * 1 otherwise, and never later than the overall limit.
 */
class Checklist {
  /**
   * @param only   run only the check of this name; empty runs all
   * @param limit  seconds for the whole list
   */
  constructor({ only = '', limit = LIMIT } = {}) {
    this.only = only;
    this.passed = 0;
    this.skipped = 0;
    this.failures = [];
    this.running = null;
    this.abort = null;
    this.finished = false;
    setTimeout(() => this.#giveUp(new Error(`the whole list took more than ${limit} s`)), limit * 1000);
    // A throw inside a library's socket handler belongs to the check that runs
    // then; without this it would end the program without a summary.
    process.on('uncaughtException', (error) => this.#stray(error));
    process.on('unhandledRejection', (error) => this.#stray(error));
  }

  /** Runs one check; `ms` bounds it, so that one hang costs one failure. */
  async run(name, body, ms = 2 * PATIENCE) {
    if (this.only && name !== this.only) return;
    this.running = name;
    const stray = new Promise((_, reject) => { this.abort = reject; });
    stray.catch(() => {});
    try {
      await within(ms, name, Promise.race([Promise.resolve().then(body), stray]));
      this.#pass(name);
    } catch (error) {
      this.fail(name, error);
    }
    this.running = null;
  }

  /** Says that a check does not apply; it counts neither way. */
  skip(name, why) {
    if (this.only && name !== this.only) return;
    this.skipped += 1;
    console.log(`skip ${name}: ${why}`);
  }

  finish() {
    if (this.finished) return;
    this.finished = true;
    if (this.passed + this.failures.length + this.skipped === 0) {
      this.fail(this.only || 'checks', new Error('no check of this name'));
    }
    const summary = {
      passed: this.passed,
      failed: this.failures.length,
      failures: this.failures,
      skipped: this.skipped,
    };
    const code = this.failures.length === 0 ? 0 : 1;
    // Exit only once the line is out: a pipe may take it later.
    process.stdout.write(`${JSON.stringify(summary)}\n`, () => process.exit(code));
  }

  #pass(name) {
    this.passed += 1;
    console.log(`ok ${name}`);
  }

  /** Records a failure outside of any check, such as no connection at all. */
  fail(name, error) {
    const text = String((error && error.message) || error).replace(/\s+/g, ' ').slice(0, ERROR_CHARS);
    this.failures.push({ name, error: text });
    console.log(`not ok ${name}: ${text}`);
  }

  #stray(error) {
    if (this.running) this.abort(error);
    else this.fail('between checks', error);
  }

  #giveUp(error) {
    if (this.finished) return;
    this.fail(this.running || 'between checks', error);
    this.finish();
  }
}

module.exports = { Checklist, LIMIT };
