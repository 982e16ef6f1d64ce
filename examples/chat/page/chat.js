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
  constructor(name, room, listener) {
    Object.assign(this, { name, room, listener, failures: 0 });
  }

  /** Resolves with the people who are there. */
  async enter() {
    this.token ??= await signIn(this.name);
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
  }

  say(text) {
    return this.connection.request('chat.chatHandler.say', { text });
  }

  leave() {
    this.over = true;
    clearTimeout(this.timer);
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
    this.timer = setTimeout(() => this.again(), ms);
  }

  /** Tries at once: the network is back, or somebody looks. */
  hurry() {
    if (this.connection || this.trying || this.over) return;
    clearTimeout(this.timer);
    this.again();
  }

  async again() {
    this.trying = true;
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

async function signIn(name) {
  const answer = await fetch(`/sign-in?name=${encodeURIComponent(name)}`, { cache: 'no-store' });
  const text = await answer.text();
  if (!answer.ok) throw new Refusal(answer.status, text);
  return text;
}

// The page. What others wrote reaches it as text only, never as HTML.

const MOST_LINES = 500;
const $ = (id) => document.getElementById(id);
const people = new Map();
let stay, lastFrom, unread = 0;

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
  const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
  lines.append(line);
  while (lines.children.length > MOST_LINES) lines.firstChild.remove();
  if (atEnd) lines.scrollTop = lines.scrollHeight;
}

function note(text) {
  lastFrom = undefined;
  show(element('li', 'note', text));
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
function tell(problem) {
  $('status').textContent = problem;
  $('status').hidden = !problem;
}

const page = {
  entered(names) {
    people.clear();
    for (const name of names) people.set(name);
    showPeople();
    note(stay.before ? 'You are back.' : `You are in ${stay.room}. The address of this page brings others here.`);
    stay.before = true;
    tell('');
    $('chat').classList.remove('lost');
  },
  onLine({ from, text }) {
    const time = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    const line = element('li', from === stay.name ? 'line mine' : 'line');
    if (from !== lastFrom) line.append(element('p', 'from', avatar(from), element('b', '', from), element('time', '', time)));
    line.append(element('p', 'text', text));
    show(line);
    lastFrom = from;
    if (document.hidden) unread += 1;
    showTitle();
  },
  onCome({ name }) {
    people.set(name);
    showPeople();
    note(`${name} comes in.`);
  },
  onLeave({ name }) {
    people.delete(name);
    showPeople();
    note(`${name} leaves.`);
  },
  lost() {
    $('chat').classList.add('lost');
    tell('The connection is lost. Trying again …');
  },
  ended: leave,
};

async function enter(event) {
  event.preventDefault();
  const [name, room] = ['name', 'room'].map((id) => $(id).value.trim().normalize('NFC'));
  const button = $('sign-in').querySelector('button');
  if (button.disabled) return;
  button.disabled = true;
  blame('');
  try {
    stay = new Stay(name, room, page);
    $('lines').replaceChildren();
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
  if (!stay.connection) return stay.hurry();
  $('text').value = '';
  tell('');
  $('lines').scrollTop = $('lines').scrollHeight;
  try {
    await stay.say(text);
  } catch (error) {
    // It may have arrived, or not: whoever wrote it can tell from the lines.
    $('text').value ||= text;
    if (error instanceof Refusal) tell(sentence(error.message));
  }
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
document.addEventListener('visibilitychange', look);
addEventListener('online', () => stay?.hurry());

$('name').value = localStorage.getItem('name') ?? '';
if (location.hash.length > 1) $('room').value = decodeURIComponent(location.hash.slice(1));
