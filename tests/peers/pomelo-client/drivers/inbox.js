'use strict';

const { PATIENCE, within } = require('../../lib/within');

/** Pushes of one route, kept in order until a check asks for them. */
class Inbox {
  constructor(route) {
    this.route = route;
    this.items = [];
    this.waiting = [];
  }

  put(body) {
    const taker = this.waiting.shift();
    if (taker) taker(body);
    else this.items.push(body);
  }

  /** The next push, already here or still to come. */
  next(ms = PATIENCE) {
    if (this.items.length > 0) return Promise.resolve(this.items.shift());
    const arrival = new Promise((resolve) => this.waiting.push(resolve));
    return within(ms, `a push on ${this.route}`, arrival);
  }

  async take(count) {
    const bodies = [];
    while (bodies.length < count) bodies.push(await this.next());
    return bodies;
  }
}

module.exports = { Inbox };
