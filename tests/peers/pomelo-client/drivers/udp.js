'use strict';

// The TCP driver over datagrams, each with the packages of one write: what it sends and
// reads goes through the released pomelo-protocol 0.1.6. Pomelo has released no client of
// its udpconnector.

const dgram = require('dgram');
const { TcpConnection } = require('./tcp');

class UdpConnection extends TcpConnection {
  dial({ host, port }, dialled) {
    this.socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
    this.socket.connect(port, host, dialled);
    this.socket.on('message', (datagram) => {
      // An empty one ends the session.
      if (datagram.length === 0) this.socket.close();
      else this.feed(datagram);
    });
  }

  write(bytes) {
    this.socket.send(bytes);
  }

  close() {
    if (!this.isClosed) this.socket.send('', () => this.socket.close());
  }
}

module.exports = { connect: (options) => new UdpConnection().open(options) };
