'use strict';

const assert = require('node:assert');

const { Tab } = require('./tab');

const TALL = 'a_name_of_more_than_20_characters';

async function two_tabs_and_a_terminal_talk(at) {
  const ann = await Tab.open(at);
  await at.picture(ann.page, 'sign-in');
  await ann.join('Ann', 'garden');
  await ann.people('Ann');
  const bob = await Tab.open(at);
  await bob.join('Bób', 'garden');
  await ann.sees('Bób comes in.');
  await Promise.all([ann, bob].map((tab) => tab.people('Ann', 'Bób')));

  const carl = at.server.terminal('Carl', 'garden');
  await carl.says('* you are in garden with Ann, Bób, Carl\n');
  await Promise.all([ann, bob].map((tab) => tab.sees('Carl comes in.')));

  await ann.say('Good morning! Is anybody awake yet?');
  await carl.says('Ann: Good morning! Is anybody awake yet?\n');
  carl.write('Only just, from a terminal.\n');
  await ann.sees('Only just, from a terminal.');
  await bob.sees('Only just, from a terminal.');
  // The picture of examples/chat/README.md.
  await at.picture(ann.page, 'chat');
  await bob.say('I am – 世界 🌱 and <b>bold</b> <img src=x onerror=alert(1)>');
  await carl.says('Bób: I am – 世界 🌱 and <b>bold</b> <img src=x onerror=alert(1)>\n');
  // What he said himself would have come before.
  assert.ok(!carl.said.includes('Carl: '), 'a terminal does not repeat what was typed there');
  await ann.sees('I am – 世界 🌱 and <b>bold</b> <img src=x onerror=alert(1)>');
  await bob.say('And I have to go in a minute.');
  await ann.sees('And I have to go in a minute.');
  await bob.sees('And I have to go in a minute.');
  assert.deepStrictEqual(await ann.lines(), await bob.lines());
  assert.strictEqual(await ann.page.locator('#lines img, #lines .text b').count(), 0);
  await at.picture(ann.page, 'desktop');

  await bob.close();
  await ann.sees('Bób leaves.');
  await carl.says('* Bób leaves\n');
  carl.child.stdin.end();
  await ann.sees('Carl leaves.');
  assert.strictEqual(await carl.ended, 0);
  await ann.people('Ann');
  await ann.page.getByRole('button', { name: 'Leave' }).click();
  await ann.page.getByRole('button', { name: 'Come in' }).waitFor();
  await ann.close();
}

async function rooms_do_not_hear_each_other(at) {
  const [ann, bob] = [await Tab.open(at), await Tab.open(at)];
  await ann.join('Ann', 'one');
  await bob.join('Ann', 'two');
  await ann.say('only here');
  await ann.sees('only here');
  await bob.say('and here');
  await bob.sees('and here');
  assert.deepStrictEqual(await bob.lines(), ['and here']);
  await Promise.all([ann.close(), bob.close()]);
}

async function a_long_talk_stays_at_its_end(at) {
  const ann = await Tab.open(at);
  await ann.join('Ann', 'long');
  const bob = at.server.terminal('Bob', 'long');
  for (let n = 1; n <= 60; n += 1) bob.write(`Line ${n}\n`);
  await ann.sees('Line 60');
  const lines = ann.page.locator('#lines');
  const toEnd = () => lines.evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight);
  assert.ok(await toEnd() < 2, 'it follows');
  await lines.evaluate((e) => { e.scrollTop = 0; });
  const mark = ann.page.locator('#below');
  assert.ok(!await mark.isVisible(), 'nothing is new');
  bob.write('Line 61\nLine 62\n');
  await ann.page.waitForFunction(() => document.getElementById('lines').textContent.includes('Line 62'));
  assert.strictEqual(await lines.evaluate((e) => e.scrollTop), 0, 'who reads above is left there');
  await ann.page.getByRole('button', { name: '2 new lines' }).click();
  assert.ok(await toEnd() < 2, 'the mark leads to the end');
  await mark.waitFor({ state: 'hidden' });
  // A phone's keyboard, a status bar.
  await ann.page.setViewportSize({ width: 1100, height: 360 });
  await ann.page.waitForFunction(() => innerHeight === 360);
  await ann.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.ok(await toEnd() < 2, 'the newest line stays in view when the list shrinks');
  bob.kill();
  await ann.sees('Bob leaves.');
  await ann.close();
}

async function a_wrong_name_gets_a_clear_word(at) {
  const [ann, other] = [await Tab.open(at), await Tab.open(at)];
  await ann.join('Ann', 'names');
  await other.enter('', 'names');
  await other.told('The name is empty.');
  await other.enter(TALL, 'names');
  await other.told('The name is too long: it has at most 20 characters.');
  await other.enter('A<b>', 'names');
  await other.told("A name is made of letters, digits, - and _, not of '<'.");
  await other.enter('Ann', 'names');
  await other.told('Ann is in names already: take another name.');
  await at.picture(other.page, 'wrong-name');
  await other.enter('Bob', 'no room');
  await other.told("A room is made of letters, digits, - and _, not of ' '.");
  assert.strictEqual(await other.page.evaluate(() => document.activeElement.id), 'room');
  await other.join('Bob', 'names');
  await ann.people('Ann', 'Bob');
  await Promise.all([ann.close(), other.close()]);
}

async function a_lost_connection_says_so_and_comes_back(at) {
  const [ann, bob] = [await Tab.open(at), await Tab.open(at)];
  await ann.join('Ann', 'harbour');
  await bob.join('Bob', 'harbour');
  await at.server.kill();
  await Promise.all([ann, bob].map((tab) => tab.page.getByText('The connection is lost.').waitFor()));
  await ann.page.getByText(/^Trying again in \d+ s\.$/).waitFor();
  // From here on the pauses between her attempts are minutes.
  await ann.page.evaluate(() => { Math.random = () => 1000; });
  await ann.page.getByText(/^Trying again in \d{3,} s\.$/).waitFor();
  await ann.say('kept until then');
  await ann.say('and this too');
  await ann.sees('Waits for the connection');
  assert.deepStrictEqual(await ann.page.locator('.pending .text').allTextContents(), ['kept until then', 'and this too']);
  assert.strictEqual(await ann.page.getByLabel('Message').inputValue(), '');
  await at.picture(ann.page, 'lost');
  await at.server.start();
  await bob.sees('You are back.');
  await ann.page.getByText(/^Trying again in \d{3,} s\.$/).waitFor();
  await ann.page.getByRole('button', { name: 'Try now' }).click();
  await Promise.all([ann, bob].map((tab) => tab.sees('You are back.')));
  await Promise.all([ann, bob].map((tab) => tab.people('Ann', 'Bob')));
  assert.strictEqual(await ann.page.getByText('The connection is lost.').count(), 0);
  // They are said as soon as their writer is back, to those who are back by then.
  await ann.page.waitForFunction(() => document.querySelectorAll('.pending').length === 0);
  assert.deepStrictEqual((await ann.lines()).slice(-2), ['kept until then', 'and this too']);
  await Promise.all([ann.close(), bob.close()]);
}

async function an_address_need_not_be_encoded(at) {
  const ann = await Tab.open({ ...at, server: { url: `${at.server.url}/#100%` } });
  assert.strictEqual(await ann.page.getByLabel('Room').inputValue(), '100%');
  await ann.join('Ann', 'attic');
  await ann.page.evaluate(() => { location.hash = '#50%'; });
  await ann.page.reload();
  await ann.page.getByRole('button', { name: 'Come in' }).waitFor();
  assert.strictEqual(await ann.page.getByLabel('Room').inputValue(), '50%');
  await ann.close();
}

async function a_reload_stays_in_the_room(at) {
  const [ann, bob] = [await Tab.open(at), await Tab.open(at)];
  await ann.join('Ann', 'porch');
  await bob.join('Bob', 'porch');
  await ann.page.reload();
  await ann.page.getByRole('heading', { name: 'porch', level: 1 }).waitFor();
  await ann.people('Ann', 'Bob');
  await ann.say('still here');
  await bob.sees('still here');
  // Who has left is asked again.
  await ann.page.getByRole('button', { name: 'Leave' }).click();
  await ann.page.reload();
  await ann.page.getByRole('button', { name: 'Come in' }).waitFor();
  await Promise.all([ann.close(), bob.close()]);
}

async function comings_and_goings_share_a_line(at) {
  const ann = await Tab.open(at);
  await ann.join('Ann', 'station');
  for (const name of ['Bob', 'Carl', 'Dora']) {
    const passing = at.server.terminal(name, 'station');
    await ann.sees(`${name} comes in.`);
    passing.child.stdin.end();
    await passing.ended;
    await ann.sees(`${name} leaves.`);
  }
  const notes = await ann.page.locator('#lines .note').allTextContents();
  assert.deepStrictEqual(notes.slice(1).map((text) => text.trim()), [
    '3 more came or went. Carl leaves. Dora comes in. Dora leaves.',
  ]);
  await ann.close();
}

async function addresses_are_links(at) {
  const ann = await Tab.open(at, { permissions: ['clipboard-read', 'clipboard-write'] });
  await ann.join('Ann', 'links');
  await ann.say('see https://example.org/a?b=c&d, (http://example.org/x). javascript:alert(1)');
  await ann.page.locator('#lines a').first().waitFor();
  const links = await ann.page.locator('#lines a').evaluateAll((all) => all.map((link) => [link.textContent, link.href, link.rel]));
  assert.deepStrictEqual(links, [
    ['https://example.org/a?b=c&d', 'https://example.org/a?b=c&d', 'noopener noreferrer'],
    ['http://example.org/x', 'http://example.org/x', 'noopener noreferrer'],
  ]);
  await ann.page.getByRole('button', { name: 'Copy link' }).click();
  await ann.page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.strictEqual(await ann.page.evaluate(() => navigator.clipboard.readText()), `${at.server.url}#links`.replace(/([^/])#/, '$1/#'));
  await ann.close();
}

async function a_terminal_comes_back(at) {
  const carl = at.server.terminal('Carl', 'return');
  await carl.says('* you are in return with Carl\n');
  await at.server.kill();
  await carl.says('* the connection is lost, trying again\n');
  await at.server.start();
  await carl.says(/in return with Carl\n[^]*in return with Carl\n/);
  carl.child.stdin.end();
  assert.strictEqual(await carl.ended, 0);
}

async function a_kick_says_why(at) {
  const ann = await Tab.open(at);
  let kick;
  // The chat never kicks, so somebody in between does.
  await ann.page.routeWebSocket(/^ws:/, (socket) => {
    socket.connectToServer();
    kick = async (body) => {
      socket.send(Buffer.from([5, 0, 0, body.length, ...Buffer.from(body)]));
      await socket.close();
    };
  });
  // Such routes hold for pages that are opened after them.
  await ann.page.reload();
  await ann.join('Ann', 'kicked');
  await kick('{"reason":"enough for today"}');
  await ann.told('Enough for today.');
  await ann.page.getByRole('button', { name: 'Come in' }).waitFor();
  await ann.close();
}

async function a_phone_has_room_for_it(at) {
  const size = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
  const ann = await Tab.open(at, { ...size, colorScheme: 'dark' });
  const bob = await Tab.open(at, size);
  await at.picture(bob.page, 'phone-sign-in');
  await ann.join('Ann', 'garden');
  await bob.join('Bartholomew_the_3rd', 'garden');
  await ann.say('Are you on your phone, too?');
  await bob.say('Yes, and it does quite well, even with a line that is somewhat longer than the others.');
  await bob.say('Averylongwordthatdoesnotendforquitesometimeandhastobebrokensomewhere');
  await ann.say('So it is.');
  await Promise.all([ann, bob].map((tab) => tab.sees('So it is.')));
  for (const { page } of [ann, bob]) {
    const [width, wanted] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.strictEqual(width, wanted, 'nothing stands out to the side');
  }
  await at.picture(ann.page, 'phone-dark');
  await at.picture(bob.page, 'phone');
  await Promise.all([ann.close(), bob.close()]);
}

module.exports = {
  two_tabs_and_a_terminal_talk,
  rooms_do_not_hear_each_other,
  a_long_talk_stays_at_its_end,
  a_wrong_name_gets_a_clear_word,
  a_lost_connection_says_so_and_comes_back,
  an_address_need_not_be_encoded,
  a_reload_stays_in_the_room,
  comings_and_goings_share_a_line,
  addresses_are_links,
  a_terminal_comes_back,
  a_kick_says_why,
  a_phone_has_room_for_it,
};
