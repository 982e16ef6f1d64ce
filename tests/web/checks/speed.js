'use strict';

// What a call costs beside the released pair. In the long form alone, for which the module of the
// tests is built as for the network.

const assert = require('node:assert');

const CALLS = 1000;
const AT_ONCE = 100;
const ROUNDS = 5;
const SLOWER = 1.2;

/** The milliseconds of calls one after the other, and of calls at once. */
function measured(page, call) {
  return page.evaluate(async ([source, calls, atOnce]) => {
    const one = new Function('i', `return ${source}`);
    const since = performance.now();
    for (let i = 0; i < calls; i += 1) await one(i);
    const between = performance.now();
    for (let i = 0; i < calls; i += atOnce) {
      await Promise.all(Array.from({ length: atOnce }, (_, n) => one(n)));
    }
    return [between - since, performance.now() - between];
  }, [call, CALLS, AT_ONCE]);
}

const best = (rounds) => [0, 1].map((i) => Math.min(...rounds.map((round) => round[i])));

module.exports = () => (process.env.CONNECTOR_LONG === '1' ? [
  {
    name: 'a-call-costs-what-it-costs-the-released-pair',
    ms: 120000,
    async run(browser, site) {
      const released = await browser.page('/pages/released-engine.html');
      const frame = { kind: 'frame', url: `${site.crossOrigin}/pages/released-plugin.html` };
      await released.evaluate((where) => globalThis.open(where), frame);
      const rust = await browser.engine();
      await rust.evaluate((url) => new globalThis.House().open('frame', url), `${site.crossOrigin}/pages/plugin.html`);
      const rounds = { released: [], rust: [] };
      for (let i = 0; i < ROUNDS; i += 1) {
        await released.bringToFront();
        rounds.released.push(await measured(released, "house.call('add', i, 1)"));
        await rust.bringToFront();
        rounds.rust.push(await measured(rust, "house.call('remote', 'add', i, 1)"));
      }
      const [theirs, ours] = [best(rounds.released), best(rounds.rust)];
      const shown = (times) => times.map((ms) => `${Math.round(ms)} ms`).join(', ');
      console.log(`# ${CALLS} calls, and ${CALLS} of which ${AT_ONCE} at once: released ${shown(theirs)}; Rust ${shown(ours)}`);
      assert.ok(ours[0] <= theirs[0] * SLOWER, 'one after the other');
      assert.ok(ours[1] <= theirs[1], 'at once');
    },
  },
] : []);
