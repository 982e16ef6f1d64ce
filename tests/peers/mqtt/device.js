'use strict';

const { PATIENCE } = require('../lib/within');

/** A session of a released MQTT client library. */
class Device {
  /**
   * @param library  the major version of the npm package `mqtt`
   * @param options  those of the library
   */
  static open(library, options) {
    const mqtt = require(`mqtt${library}`);
    const id = `device-${Math.random().toString(16).slice(2)}`;
    const client = mqtt.connect({
      clientId: id,
      reconnectPeriod: 0,
      connectTimeout: PATIENCE,
      protocolId: options.protocolVersion === 3 ? 'MQIsdp' : 'MQTT',
      ...options,
    });
    return new Promise((resolve, reject) => {
      client.once('error', (error) => {
        client.end(true);
        reject(error);
      });
      client.once('connect', (connack) => resolve(new Device(client, connack)));
    });
  }

  /** Runs `body` with a session that opens, and ends that. */
  static async during(opening, body) {
    const device = await opening;
    try {
      await body(device);
    } finally {
      await device.end();
    }
  }

  constructor(client, connack) {
    this.client = client;
    this.connack = connack;
    this.id = client.options.clientId;
    this.last = 0;
    // What ends the connection is told by `closed`.
    client.on('error', () => {});
  }

  /** Calls `listener` with the topic, the text and the packet of each message. */
  onMessage(listener) {
    this.client.on('message', (topic, payload, packet) => listener(topic, payload.toString(), packet));
  }

  /** Waits for a message whose topic is wanted. */
  message(wanted) {
    return new Promise((resolve) => {
      const listener = (topic, payload, packet) => {
        if (!wanted(topic)) return;
        this.client.off('message', listener);
        resolve({ topic, text: payload.toString(), packet });
      };
      this.client.on('message', listener);
    });
  }

  /** Publishes, and waits for the acknowledgement at QoS 1. Resolves to the packet identifier. */
  publish(topic, text, options = {}) {
    let id;
    const sent = (packet) => { if (packet.cmd === 'publish' && packet.topic === topic) id = packet.messageId; };
    this.client.on('packetsend', sent);
    return new Promise((resolve, reject) => {
      this.client.publish(topic, text, options, (error) => {
        this.client.off('packetsend', sent);
        if (error) reject(error);
        else resolve(id);
      });
    });
  }

  /** Sends a request whose id is in its topic, and waits for the answer. */
  async request(route, body, { id = this.last + 1, qos = 0 } = {}) {
    this.last = id;
    const topic = `${route}/${id}`;
    const answered = this.message((other) => other === topic);
    await this.publish(topic, JSON.stringify(body), { qos });
    return JSON.parse((await answered).text);
  }

  subscribe(topics) {
    return new Promise((resolve, reject) => {
      this.client.subscribe(topics, (error, granted) => (error ? reject(error) : resolve(granted)));
    });
  }

  unsubscribe(topic) {
    return new Promise((resolve, reject) => {
      this.client.unsubscribe(topic, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Waits for a DISCONNECT of the server. */
  disconnected() {
    return new Promise((resolve) => { this.client.once('disconnect', resolve); });
  }

  closed() {
    return new Promise((resolve) => { this.client.once('close', resolve); });
  }

  end() {
    return new Promise((resolve) => { this.client.end(true, {}, resolve); });
  }
}

module.exports = { Device };
