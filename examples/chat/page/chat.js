'use strict';

// Pomelo's packages: a type, three bytes of length, the body. One or several
// of them are in each WebSocket message.

const HANDSHAKE = 1, ACK = 2, HEARTBEAT = 3, DATA = 4, KICK = 5;
const REQUEST = 0, RESPONSE = 2, PUSH = 3;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function packageOf(type, body = []) {
  return Uint8Array.of(type, body.length >> 16, body.length >> 8, body.length, ...body);
}

function* packagesIn(bytes) {
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + (bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]);
    yield { type: bytes[at], body: bytes.subarray(at + 4, end) };
    at = end;
  }
}

// A message: a flag, an id (none in a push) in groups of seven bits with the
// lowest first, a route (none in a response) behind its length, and JSON.

function requestOf(id, route, body) {
  const bytes = [REQUEST << 1];
  for (; id > 127; id >>>= 7) bytes.push(id & 127 | 128);
  const name = encoder.encode(route);
  return Uint8Array.of(...bytes, id, name.length, ...name, ...encoder.encode(JSON.stringify(body)));
}

function messageIn(bytes) {
  const kind = bytes[0] >> 1 & 7;
  let at = 1, id = 0, route = '';
  if (kind === RESPONSE) {
    for (let shift = 0; ; shift += 7) {
      id += (bytes[at] & 127) << shift;
      if (bytes[at++] < 128) break;
    }
  } else {
    at += 1 + bytes[1];
    route = decoder.decode(bytes.subarray(2, at));
  }
  return { kind, id, route, body: JSON.parse(decoder.decode(bytes.subarray(at)) || '{}') };
}

/** What the server refuses, in its own words. */
class Refusal extends Error {
  constructor(code, message) {
    super(message || `the server says no (${code})`);
    this.code = code;
  }
}

/** One connection to the server, from its handshake to its end. */
class Connection {
  /** Calls `onPush(route, body)`, and at its end `onEnd(kick)`, once. */
  constructor(onPush, onEnd) {
    this.onPush = onPush;
    this.onEnd = onEnd;
    this.calls = new Map();
    this.lastId = 0;
  }

  open(token) {
    return new Promise((resolve, reject) => {
      this.calls.set(0, { resolve, reject });
      this.socket = new WebSocket(location.origin.replace('http', 'ws'));
      this.socket.binaryType = 'arraybuffer';
      this.socket.onopen = () => {
        const hello = { sys: { type: 'chat-page', version: '0.1.0' }, user: { token } };
        this.send(HANDSHAKE, encoder.encode(JSON.stringify(hello)));
      };
      this.socket.onmessage = ({ data }) => {
        for (const { type, body } of packagesIn(new Uint8Array(data))) this.receive(type, body);
      };
      this.socket.onclose = () => this.end();
      this.patience(10);
    });
  }

  request(route, body) {
    return new Promise((resolve, reject) => {
      this.calls.set(++this.lastId, { resolve, reject });
      this.send(DATA, requestOf(this.lastId, route, body));
    });
  }

  close() {
    this.onEnd = () => {};
    this.end();
  }

  send(type, body) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(packageOf(type, body));
  }

  receive(type, body) {
    if (this.beat) this.patience(this.beat * 2);
    if (type === HANDSHAKE) this.welcome(JSON.parse(decoder.decode(body)));
    else if (type === KICK) this.kick = JSON.parse(decoder.decode(body)).reason || 'the server closed the connection';
    else if (type === DATA) {
      const { kind, id, route, body: json } = messageIn(body);
      if (kind === PUSH) this.onPush(route, json);
      else if (json.code && json.code !== 200) this.settle(id).reject(new Refusal(json.code, json.msg));
      else this.settle(id).resolve(json);
    }
  }

  welcome({ code, sys }) {
    if (code !== 200) return this.settle(0).reject(new Refusal(code));
    this.send(ACK);
    clearTimeout(this.silence);
    this.beat = sys?.heartbeat;
    if (this.beat) {
      this.patience(this.beat * 2);
      this.beats = setInterval(() => this.send(HEARTBEAT), this.beat * 1000);
    }
    this.settle(0).resolve();
  }

  /** Takes silence of so many seconds as the end. */
  patience(seconds) {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.end(), seconds * 1000);
  }

  settle(id) {
    const call = this.calls.get(id) || { resolve() {}, reject() {} };
    this.calls.delete(id);
    return call;
  }

  end() {
    clearTimeout(this.silence);
    clearInterval(this.beats);
    this.socket.onclose = this.socket.onmessage = null;
    this.socket.close();
    for (const { reject } of this.calls.values()) reject(new Error('the connection is lost'));
    this.calls.clear();
    const { onEnd } = this;
    this.onEnd = () => {};
    onEnd(this.kick);
  }
}

/** Somebody in a room: signed in, joined, and so again after each loss. */
class Stay {
  constructor(name, room, listener, token) {
    // The token of an earlier stay: whoever returns with it was never away.
    Object.assign(this, { name, room, listener, token, failures: 0, waiting: [] });
  }

  /** Resolves with the people who are there. */
  async enter() {
    this.token = await signIn(this.name, this.token);
    const early = [];
    let push = (...message) => early.push(message);
    // A connection that never got so far has no end to tell of.
    let end = () => {};
    const connection = new Connection((...message) => push(...message), (kick) => end(kick));
    try {
      await connection.open(this.token);
      const { people = [] } = await connection.request('chat.chatHandler.join', { room: this.room });
      if (this.over) throw new Refusal(0, 'you have left');
      this.connection = connection;
      this.failures = 0;
      clearInterval(this.clock);
      this.listener.entered(people);
    } catch (error) {
      connection.close();
      // The server has another key since it was started again.
      if (error.code === 401) this.token = undefined;
      throw error;
    }
    // What came before the answer happened after it.
    push = (route, body) => this.listener[route]?.(body);
    for (const message of early) push(...message);
    end = (kick) => kick ? this.listener.ended(kick) : this.lost();
    this.catchUp();
  }

  say(text) {
    return this.connection.request('chat.chatHandler.say', { text });
  }

  /** Keeps a line until the connection is back; `settle(error)` is called then. */
  sayLater(text, settle) {
    this.waiting.push({ text, settle });
  }

  /** Says what has waited, in its order. */
  async catchUp() {
    while (this.connection && this.waiting.length > 0) {
      const { text, settle } = this.waiting[0];
      try {
        await this.say(text);
        settle();
      } catch (error) {
        // Lost again: it waits on.
        if (!(error instanceof Refusal)) return;
        settle(error);
      }
      this.waiting.shift();
    }
  }

  leave() {
    this.over = true;
    clearTimeout(this.timer);
    clearInterval(this.clock);
    this.connection?.close();
  }

  lost() {
    this.connection = undefined;
    this.listener.lost();
    this.later();
  }

  /** Tries again after 0.5, 1, 2, 4 and then every 8 seconds, a bit apart from others. */
  later() {
    if (this.over) return;
    const ms = 500 * 2 ** Math.min(this.failures++, 4) * (0.75 + Math.random() / 2);
    const next = Date.now() + ms;
    this.timer = setTimeout(() => this.again(), ms);
    clearInterval(this.clock);
    const count = () => this.listener.waits(Math.max(0, Math.ceil((next - Date.now()) / 1000)));
    this.clock = setInterval(count, 250);
    count();
  }

  /** Tries at once: the network is back, or somebody looks. */
  hurry() {
    if (this.connection || this.trying || this.over) return;
    clearTimeout(this.timer);
    clearInterval(this.clock);
    this.again();
  }

  async again() {
    this.trying = true;
    this.listener.waits(0);
    try {
      await this.enter();
    } catch (error) {
      if (this.over) return;
      if (error instanceof Refusal && error.code !== 401) this.listener.ended(error.message);
      else this.later();
    } finally {
      this.trying = false;
    }
  }
}

/** Returns a token: the one of before, if the server still knows it, or a new one. */
async function signIn(name, token = '') {
  const query = new URLSearchParams({ name, token });
  const answer = await fetch(`/sign-in?${query}`, { cache: 'no-store' });
  const text = await answer.text();
  if (!answer.ok) throw new Refusal(answer.status, text);
  return text;
}

// The page. What others wrote reaches it as text only, never as HTML.

const MOST_LINES = 500;
const $ = (id) => document.getElementById(id);
const people = new Map();
let stay, lastFrom, traffic, unread = 0, below = 0, atEnd = true, stood = 0;

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
    return element('li', '', avatar(name), element('span', 'who', name === stay.name ? `${name} (you)` : name));
  }));
  $('people-title').textContent = `${names.length} here`;
}

function showTitle() {
  document.title = stay ? `${unread ? `(${unread}) ` : ''}${stay.room} · Chat` : 'Chat';
}

/** Says what is the matter with the conversation; '' that nothing is. */
function tell(problem, away = false) {
  if ($('problem-there').textContent !== problem) $('problem-there').textContent = problem;
  $('countdown').textContent = '';
  $('again').hidden = !away;
  $('status').hidden = !problem;
}

const page = {
  entered(names) {
    people.clear();
    for (const name of names) people.set(name);
    showPeople();
    note(stay.before ? 'You are back.' : `You are in ${stay.room}. The link above brings others here.`);
    stay.before = true;
    remember();
    tell('');
    $('chat').classList.remove('lost');
  },
  onLine({ from, text }) {
    const time = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    const line = element('li', from === stay.name ? 'line mine' : 'line');
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
  onCome({ name }) {
    people.set(name);
    showPeople();
    pass(`${name} comes in.`);
  },
  onLeave({ name }) {
    people.delete(name);
    showPeople();
    pass(`${name} leaves.`);
  },
  lost() {
    $('chat').classList.add('lost');
    tell('The connection is lost.', true);
  },
  /** The seconds until the next attempt; 0 while it runs. */
  waits(seconds) {
    $('countdown').textContent = seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again …';
    $('again').disabled = seconds === 0;
  },
  ended: leave,
};

/** Keeps the sign-in for a reload of this tab, and for no other tab. */
function remember() {
  const { name, room, token } = stay;
  sessionStorage.setItem('stay', JSON.stringify({ name, room, token }));
}

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
    stay = new Stay(name, room, page, token);
    $('lines').replaceChildren();
    toEnd();
    await stay.enter();
  } catch (error) {
    stay = undefined;
    blame(error instanceof Refusal ? sentence(error.message) : 'The server does not answer. Is it running?');
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
  if (!stay.connection || stay.waiting.length > 0) return sendLater(text);
  tell('');
  try {
    await stay.say(text);
  } catch (error) {
    // It may have arrived, or not: whoever wrote it can tell from the lines.
    $('text').value ||= text;
    if (error instanceof Refusal) tell(sentence(error.message));
  }
}

/** Shows a line that waits for the connection. */
function sendLater(text) {
  const line = element('li', 'line mine pending', element('p', 'text', ...linked(text)));
  const state = element('p', 'state', 'Waits for the connection');
  line.append(state);
  show(line);
  lastFrom = undefined;
  stay.sayLater(text, (error) => {
    // What was said has come as everybody's line.
    if (!error) return line.remove();
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
goOn();
