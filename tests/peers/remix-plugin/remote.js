'use strict';

const { PluginClient } = require('@remixproject/plugin');
const { junk } = require('../lib/junk');

// The released client puts this in front of every rejection from the engine.
const PREFIX = 'Error from IDE : ';

/** The method set that a plugin under test serves, on the released client. */
class Remote extends PluginClient {
  constructor() {
    super();
    this.methods = [
      'echo', 'add', 'fail', 'slow', 'none', 'whoCalled',
      'callOther', 'callAndCancel',
      'emitEvent', 'listenTo', 'onceTo', 'offFrom', 'received',
      'failLate', 'sendJunk', 'closeWith',
    ];
    this.heard = new Map();
  }

  /** Sends a text that need not be a message; the program sets how. */
  sendText() {
    throw new Error('nothing to send texts by');
  }

  /** Ends the connection with a close code; the program sets how. */
  closeWith() {
    throw new Error('there are no close codes here');
  }

  echo(value) {
    return value;
  }

  add(a, b) {
    return a + b;
  }

  fail(text) {
    throw new Error(text);
  }

  slow(ms, value) {
    return new Promise((resolve) => setTimeout(() => resolve(value), ms));
  }

  failLate(ms, text) {
    return new Promise((_, reject) => setTimeout(() => reject(new Error(text)), ms));
  }

  none() {}

  /** Sends the engine what it does not expect, and returns how many texts. */
  sendJunk() {
    const texts = [
      ...junk(),
      '{"action":"off","name":"host","key":"never-listened"}',
      '{"action":"cancel","name":"ghost","key":"x"}',
      '{"action":"request","name":"host","key":"echo","id":77}',
      '{"action":"emit","key":"without-payload"}',
    ];
    for (const text of texts) this.sendText(text);
    return texts.length;
  }

  whoCalled() {
    const { from, path } = this.currentRequest;
    return { from, path };
  }

  callOther(name, method, ...args) {
    return this.call(name, method, ...args);
  }

  /** Calls another plugin, cancels after `ms`, and returns how the call ended. */
  callAndCancel(ms, name, method, ...args) {
    setTimeout(() => this.cancel(name, method), ms);
    return this.call(name, method, ...args).catch((error) => error.message.replace(PREFIX, ''));
  }

  emitEvent(event, ...args) {
    this.emit(event, ...args);
    return true;
  }

  listenTo(name, event) {
    this.on(name, event, this.#newRecord(name, event));
    return true;
  }

  onceTo(name, event) {
    this.once(name, event, this.#newRecord(name, event));
    return true;
  }

  offFrom(name, event) {
    this.off(name, event);
    return true;
  }

  /** The payloads heard since the last `listenTo` or `onceTo` of this event. */
  received(name, event) {
    return this.heard.get(`${name}/${event}`) || [];
  }

  #newRecord(name, event) {
    const payloads = [];
    this.heard.set(`${name}/${event}`, payloads);
    return (...payload) => payloads.push(payload);
  }
}

module.exports = { Remote };
