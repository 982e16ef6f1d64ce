'use strict';

// The page of `examples/chat`, whose connection is the typed client in Rust, beside the same page
// by its script.

const assert = require('node:assert');
const { join } = require('node:path');

const checks = require('../../peers/chat-browser/checks');
const { Server } = require('../../peers/chat-browser/program');
const { Tab } = require('../../peers/chat-browser/tab');

const PAGE = join(__dirname, '../../../examples/chat/page');

/** Those of the script's checks that its connection takes part in. */
const SHARED = [
  'two_tabs_and_a_terminal_talk',
  'a_wrong_name_gets_a_clear_word',
  'a_reload_stays_in_the_room',
  'a_kick_says_why',
];

/** A check with a server, whose page has the module. */
function check({ chat, module: folder }, name, run) {
  return {
    name,
    async run(browser) {
      const server = new Server(chat, ['--wasm', folder]);
      await server.start();
      try {
        await run({ browser: browser.chromium, server, picture() {} });
      } finally {
        await server.kill();
      }
    },
  };
}

/** A tab of the same server, whose connection is the script's. */
function byScript(at) {
  const prepare = async (context) => {
    for (const file of ['stay.js', 'pomelo.js']) {
      await context.route(`**/${file}`, (route) => route.fulfill({ path: join(PAGE, file) }));
    }
  };
  return Tab.open({ ...at, prepare });
}

/** Whether a tab has loaded the module. */
const isModule = ({ page }) => page.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('.wasm')));

async function aScriptAndAModuleTalk(at) {
  const [ann, bob] = [await Tab.open(at), await byScript(at)];
  await ann.join('Ann', 'bridge');
  await bob.join('Bob', 'bridge');
  assert.deepStrictEqual(await Promise.all([ann, bob].map(isModule)), [true, false]);
  await ann.sees('Bob comes in.');
  await Promise.all([ann, bob].map((tab) => tab.people('Ann', 'Bob')));
  for (let n = 0; n < 5; n += 1) {
    await ann.say(`${n} – 世界 🌱`);
    await Promise.all([ann, bob].map((tab) => tab.sees(`${n} – 世界 🌱`)));
    await bob.say(`${n} and back`);
    await Promise.all([ann, bob].map((tab) => tab.sees(`${n} and back`)));
  }
  assert.deepStrictEqual(await ann.lines(), await bob.lines());
  await bob.page.getByRole('button', { name: 'Leave' }).click();
  await ann.sees('Bob leaves.');
  await ann.people('Ann');
  await bob.join('Bob', 'bridge');
  await ann.people('Ann', 'Bob');
  await ann.page.getByRole('button', { name: 'Leave' }).click();
  await bob.sees('Ann leaves.');
  await Promise.all([ann.close(), bob.close()]);
}

async function aLostConnectionComesBack(at) {
  const [ann, bob] = [await Tab.open(at), await byScript(at)];
  await ann.join('Ann', 'harbour');
  await bob.join('Bob', 'harbour');
  await at.server.kill();
  await Promise.all([ann, bob].map((tab) => tab.page.getByText('The connection is lost.').waitFor()));
  await ann.say('kept until then');
  await ann.say('and this too');
  assert.deepStrictEqual(await ann.page.locator('.pending .text').allTextContents(), ['kept until then', 'and this too']);
  // The fourth pause or the fifth, in which nothing is asked for four seconds but by her.
  await ann.page.getByText(/^Trying again in [5-9] s\.$/).waitFor();
  const asked = ann.page.waitForRequest(/sign-in/, { timeout: 3800 });
  await ann.page.getByRole('button', { name: 'Try now' }).click();
  await asked;
  await at.server.start();
  await Promise.all([ann, bob].map((tab) => tab.sees('You are back.')));
  await Promise.all([ann, bob].map((tab) => tab.people('Ann', 'Bob')));
  assert.strictEqual(await ann.page.getByText('The connection is lost.').count(), 0);
  await ann.page.waitForFunction(() => document.querySelectorAll('.pending').length === 0);
  assert.deepStrictEqual((await ann.lines()).slice(-2), ['kept until then', 'and this too']);
  await bob.say('there you are');
  await ann.sees('there you are');
  await Promise.all([ann.close(), bob.close()]);
}

module.exports = (flags) => (flags.chat && flags.module ? [
  check(flags, 'a-script-and-a-module-talk', aScriptAndAModuleTalk),
  check(flags, 'a-lost-connection-comes-back', aLostConnectionComesBack),
  ...SHARED.map((name) => check(flags, name.replaceAll('_', '-'), checks[name])),
] : []);
