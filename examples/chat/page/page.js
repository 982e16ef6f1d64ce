// The page. What others wrote reaches it as text only, never as HTML.

import { Stay } from './stay.js';

const MOST_LINES = 500;
const $ = (id) => document.getElementById(id);
const people = new Map();
let stay, me, countdown, lastFrom, traffic, unread = 0, below = 0, atEnd = true, stood = 0;

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

function avatar(name) {
  const made = element('span', 'avatar', [...name][0].toUpperCase());
  const hue = [...name].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) % 360, 7);
  made.style.setProperty('--hue', hue);
  made.setAttribute('aria-hidden', 'true');
  return made;
}

function show(line) {
  const lines = $('lines');
  traffic = undefined;
  // The browser tells of a person's scrolling a frame later.
  if (lines.scrollTop < stood) scrolled();
  lines.append(line);
  while (lines.children.length > MOST_LINES) lines.firstChild.remove();
  follow();
}

/** Keeps the newest line in view, unless somebody reads above. */
function follow() {
  if (atEnd) $('lines').scrollTop = $('lines').scrollHeight;
  stood = $('lines').scrollTop;
}

/** Notices whether somebody reads above, and counts what is new below. */
function scrolled() {
  const { scrollHeight, scrollTop, clientHeight } = $('lines');
  atEnd = scrollHeight - scrollTop - clientHeight < 40;
  if (atEnd) below = 0;
  showBelow();
}

function showBelow() {
  $('below').hidden = below === 0;
  $('below').textContent = below === 1 ? '1 new line' : `${below} new lines`;
}

function toEnd() {
  atEnd = true;
  below = 0;
  showBelow();
  follow();
}

function note(text) {
  lastFrom = undefined;
  show(element('li', 'note', text));
}

/** Who comes and goes shares a line with those before, of whom the last three are named. */
function pass(text) {
  if (!traffic) {
    const line = element('li', 'note');
    lastFrom = undefined;
    show(line);
    traffic = { line, texts: [] };
  }
  traffic.texts.push(text);
  const hidden = traffic.texts.length - 3;
  const named = traffic.texts.slice(-3).map((shown) => element('span', 'pass', shown));
  if (hidden > 0) named.unshift(element('span', 'pass', `${hidden} more came or went.`));
  traffic.line.replaceChildren(...named.flatMap((span) => [span, ' ']));
  follow();
}

/** A text with its addresses as links, which tell nobody where one comes from. */
function linked(text) {
  const parts = text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'])/);
  return parts.map((part, index) => {
    if (index % 2 === 0 || !URL.canParse(part)) return part;
    const link = element('a', '', part);
    Object.assign(link, { href: part, target: '_blank', rel: 'noopener noreferrer' });
    return link;
  });
}

function showPeople() {
  const names = [...people.keys()].sort((a, b) => a.localeCompare(b));
  $('people').replaceChildren(...names.map((name) => {
    return element('li', '', avatar(name), element('span', 'who', name === me.name ? `${name} (you)` : name));
  }));
  $('people-title').textContent = `${names.length} here`;
}

function showTitle() {
  document.title = stay ? `${unread ? `(${unread}) ` : ''}${me.room} · Chat` : 'Chat';
}

/** Says what is the matter with the conversation; '' that nothing is. */
function tell(problem, away = false) {
  if ($('problem-there').textContent !== problem) $('problem-there').textContent = problem;
  clearInterval(countdown);
  $('countdown').textContent = '';
  $('again').hidden = !away;
  $('status').hidden = !problem;
}

const page = {
  entered(names, token) {
    people.clear();
    for (const name of names) people.set(name);
    showPeople();
    note(me.token ? 'You are back.' : `You are in ${me.room}. The link above brings others here.`);
    me.token = token;
    // For a reload of this tab, and for no other tab.
    sessionStorage.setItem('stay', JSON.stringify(me));
    tell('');
    $('chat').classList.remove('lost');
  },
  said(from, text) {
    const time = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    const line = element('li', from === me.name ? 'line mine' : 'line');
    if (from !== lastFrom) line.append(element('p', 'from', avatar(from), element('b', '', from), element('time', '', time)));
    line.append(element('p', 'text', ...linked(text)));
    // What waits to be said stays below what was said.
    const first = $('lines').querySelector('.pending');
    show(line);
    if (first) {
      first.before(line);
      follow();
    }
    lastFrom = first ? undefined : from;
    if (!atEnd) below += 1;
    showBelow();
    if (document.hidden) unread += 1;
    showTitle();
  },
  came(name) {
    people.set(name);
    showPeople();
    pass(`${name} comes in.`);
  },
  left(name) {
    people.delete(name);
    showPeople();
    pass(`${name} leaves.`);
  },
  lost() {
    $('chat').classList.add('lost');
    tell('The connection is lost.', true);
  },
  waits(ms) {
    const next = Date.now() + ms;
    const count = () => {
      const seconds = Math.max(0, Math.ceil((next - Date.now()) / 1000));
      $('countdown').textContent = seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again …';
      $('again').disabled = seconds === 0;
    };
    clearInterval(countdown);
    countdown = setInterval(count, 250);
    count();
  },
  ended: leave,
};

/** The room that the address names, encoded or not. */
function addressed() {
  const hash = location.hash.slice(1);
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}

/** Goes on where this tab was before it was loaded again. */
function goOn() {
  const { name, room, token } = JSON.parse(sessionStorage.getItem('stay') ?? '{}');
  const wanted = addressed();
  if (!name || (wanted && wanted !== room)) return;
  $('name').value = name;
  $('room').value = room;
  enter(undefined, token);
}

async function enter(event, token) {
  event?.preventDefault();
  const [name, room] = ['name', 'room'].map((id) => $(id).value.trim().normalize('NFC'));
  const button = $('sign-in').querySelector('button');
  if (button.disabled) return;
  button.disabled = true;
  blame('');
  try {
    me = { name, room };
    stay = new Stay(name, room, page, token);
    $('lines').replaceChildren();
    toEnd();
    await stay.enter();
  } catch (error) {
    stay = undefined;
    blame(isRefusal(error) ? sentence(error.message) : 'The server does not answer. Is it running?');
    return;
  } finally {
    button.disabled = false;
  }
  localStorage.setItem('name', name);
  history.replaceState(null, '', `#${encodeURIComponent(room)}`);
  $('title').textContent = room;
  $('entry').hidden = true;
  $('chat').hidden = false;
  showTitle();
  $('text').focus();
}

function leave(why = '') {
  sessionStorage.removeItem('stay');
  stay?.leave();
  stay = undefined;
  tell('');
  $('chat').hidden = true;
  $('entry').hidden = false;
  showTitle();
  blame(why && sentence(why));
  $('name').focus();
}

/** Says what is wrong with the sign-in; '' that nothing is. */
function blame(problem) {
  $('problem').textContent = problem;
  const wrong = problem && (/^(The|A) room\b/.test(problem) ? 'room' : 'name');
  for (const id of ['name', 'room']) $(id).setAttribute('aria-invalid', String(id === wrong));
  if (wrong) $(wrong).focus();
}

/** Whether an error is in the server's own words. */
function isRefusal({ name }) {
  return name === 'Refusal';
}

/** The server's words, as a sentence. */
function sentence(words) {
  return `${words[0].toUpperCase()}${words.slice(1)}.`;
}

async function send(event) {
  event.preventDefault();
  const text = $('text').value;
  if (!text.trim()) return;
  $('text').value = '';
  toEnd();
  // It would overtake the lines that have waited and are being said.
  if (stay.isBehind) return sendLater(text);
  tell('');
  try {
    await stay.say(text);
  } catch (error) {
    // It may have arrived, or not: whoever wrote it can tell from the lines.
    $('text').value ||= text;
    if (isRefusal(error)) tell(sentence(error.message));
  }
}

/** Shows a line that waits for the connection. */
function sendLater(text) {
  const line = element('li', 'line mine pending', element('p', 'text', ...linked(text)));
  const state = element('p', 'state', 'Waits for the connection');
  line.append(state);
  show(line);
  lastFrom = undefined;
  // What was said has come as everybody's line.
  stay.sayLater(text).then(() => line.remove(), (error) => {
    line.classList.replace('pending', 'refused');
    state.textContent = sentence(error.message);
  });
  stay.hurry();
}

async function copyLink() {
  const button = $('copy');
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = 'Copied';
  } catch {
    // Without TLS a browser allows it on this machine only.
    prompt('The link of this room', location.href);
  }
  setTimeout(() => { button.textContent = before; }, 2000);
}

function look() {
  if (document.hidden) return;
  unread = 0;
  showTitle();
  stay?.hurry();
}

$('sign-in').addEventListener('submit', enter);
$('say').addEventListener('submit', send);
$('leave').addEventListener('click', () => leave());
$('copy').addEventListener('click', copyLink);
$('again').addEventListener('click', () => stay?.hurry());
$('below').addEventListener('click', toEnd);
$('lines').addEventListener('scroll', scrolled);
// The list shrinks for a status bar or a phone's keyboard.
new ResizeObserver(follow).observe($('lines'));
document.addEventListener('visibilitychange', look);
addEventListener('online', () => stay?.hurry());

$('name').value = localStorage.getItem('name') ?? '';
if (addressed()) $('room').value = addressed();
// Until here nobody would hear of it.
$('sign-in').querySelector('button').disabled = false;
goOn();
