import { Connection, Refusal } from './pomelo.js';

/**
 * Somebody in a room: signed in, joined, and so again after each loss. It is what the page needs
 * of a connection; the module of `examples/chat-web` has the same class, by the client in Rust.
 *
 * The page is told what happens: `entered(people, token)`, `said(from, text)`, `came(name)`,
 * `left(name)`, `lost()`, `waits(ms)` before the next attempt and 0 while it runs, and `ended(why)`,
 * after which nothing happens any more. Errors in the server's own words are called `Refusal`.
 */
export class Stay {
  /** `token` is that of an earlier stay: whoever returns with it was never away. */
  constructor(name, room, page, token) {
    Object.assign(this, { name, room, page, token, failures: 0, waiting: [] });
  }

  /** Signs in, and enters the room. */
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
      this.page.entered(people, this.token);
    } catch (error) {
      connection.close();
      // The server has another key since it was started again.
      if (error.code === 401) this.token = undefined;
      throw error;
    }
    // What came before the answer happened after it.
    push = (route, body) => this.hear(route, body);
    for (const message of early) push(...message);
    end = (kick) => kick ? this.page.ended(kick) : this.lost();
    this.catchUp();
  }

  hear(route, { from, text, name }) {
    if (route === 'onLine') this.page.said(from, text);
    else if (route === 'onCome') this.page.came(name);
    else if (route === 'onLeave') this.page.left(name);
  }

  /** Whether a line would be lost, or overtake others that wait. */
  get isBehind() {
    return !this.connection || this.waiting.length > 0;
  }

  say(text) {
    return this.connection.request('chat.chatHandler.say', { text });
  }

  /** Keeps a line until the connection is back, and says it then. */
  sayLater(text) {
    return new Promise((resolve, reject) => {
      this.waiting.push({ text, resolve, reject });
    });
  }

  /** Says what has waited, in its order. */
  async catchUp() {
    while (this.connection && this.waiting.length > 0) {
      const { text, resolve, reject } = this.waiting[0];
      try {
        await this.say(text);
        resolve();
      } catch (error) {
        // Lost again: it waits on.
        if (!(error instanceof Refusal)) return;
        reject(error);
      }
      this.waiting.shift();
    }
  }

  leave() {
    this.over = true;
    clearTimeout(this.timer);
    this.connection?.close();
  }

  lost() {
    this.connection = undefined;
    this.page.lost();
    this.later();
  }

  /** Tries again after 0.5, 1, 2, 4 and then every 8 seconds, a bit apart from others. */
  later() {
    if (this.over) return;
    const ms = 500 * 2 ** Math.min(this.failures++, 4) * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => this.again(), ms);
    this.page.waits(ms);
  }

  /** Tries at once: the network is back, or somebody looks. */
  hurry() {
    if (this.connection || this.trying || this.over) return;
    clearTimeout(this.timer);
    this.again();
  }

  async again() {
    this.trying = true;
    this.page.waits(0);
    try {
      await this.enter();
    } catch (error) {
      if (this.over) return;
      if (error instanceof Refusal && error.code !== 401) this.page.ended(error.message);
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
