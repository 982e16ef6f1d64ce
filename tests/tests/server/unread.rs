//! Released clients whose pings lie behind much that is unread: they hear that the server lives.

use connector::transport::{MqttOptions, Sio};
use connector::{MqttConnector, SioConnector};
use connector_tests::peer::Peers;

use super::*;

/// The beginning of each script: a request that is not answered, and far more than is read ahead.
const FLOOD: &str = r"
    const ROUTE = 'test.probeHandler.ordered';
    const flood = (request, notify) => {
      request('0');
      for (let n = 0; n < 1000; n += 1) notify('1' + ' '.repeat(4000));
      flooded = true;
    };
    let flooded = false;
    let signs = 0;
    const hear = () => {
      if (flooded && (signs += 1) === 3) { console.log('alive'); process.exit(0); }
    };
    const fail = (what) => { console.error(what); process.exit(1); };
    setTimeout(fail, 120000, 'nothing was heard of the server');
";

/// Runs a script of a client at this port, which ends when it has heard the server often enough.
async fn hears(peers: &Peers, port: u16, script: &str) {
    let script = format!("{FLOOD}{}", script.replace("PORT", &port.to_string()));
    assert_eq!(peers.run(&script).await, "alive\n");
}

async fn serve(builder: ServerBuilder) -> (Server, u16) {
    let server = builder.handler(Probe::default()).start().await.unwrap();
    let port = server.addresses()[0].port().unwrap();
    (server, port)
}

#[tokio::test]
async fn ws_gets_pongs() {
    let Some(peers) = Peers::find() else { return };
    let hybrid = HybridConnector::bind("127.0.0.1:0");
    let (_server, port) = serve(Server::builder().connector(hybrid)).await;
    let script = r#"
        const { Message, Package } = require('pomelo-protocol');
        const socket = new (require('ws8'))('ws://127.0.0.1:PORT');
        const send = (id, type, body) => {
          const message = Message.encode(id, type, 0, ROUTE, Buffer.from(body));
          socket.send(Package.encode(Package.TYPE_DATA, message));
        };
        socket.once('open', () => {
          socket.send(Package.encode(Package.TYPE_HANDSHAKE, Buffer.from('{"sys":{}}')));
        });
        socket.once('message', () => {
          socket.send(Package.encode(Package.TYPE_HANDSHAKE_ACK));
          flood((body) => send(1, Message.TYPE_REQUEST, body), (body) => send(0, Message.TYPE_NOTIFY, body));
          setInterval(() => socket.ping(), 500);
        });
        socket.on('pong', hear);
        socket.on('close', () => fail('closed'));
    "#;
    hears(&peers, port, script).await;
}

#[tokio::test]
async fn mqtt_js_gets_its_answers() {
    let Some(peers) = Peers::find() else { return };
    let connector = MqttConnector::bind("127.0.0.1:0").options(MqttOptions::new());
    let (_server, port) = serve(Server::builder().connector(connector)).await;
    let script = r"
        const options = { host: '127.0.0.1', port: PORT, keepalive: 2, reconnectPeriod: 0 };
        const client = require('mqtt5').connect(options);
        client.on('connect', () => {
          flood((body) => client.publish(`${ROUTE}/1`, body), (body) => client.publish(ROUTE, body));
        });
        client.on('packetreceive', ({ cmd }) => { if (cmd === 'pingresp') hear(); });
        client.on('close', () => fail('closed'));
    ";
    hears(&peers, port, script).await;
}

#[tokio::test]
async fn socket_io_client_goes_on() {
    let Some(peers) = Peers::find() else { return };
    let heartbeat = Duration::from_secs(2);
    let sio = SioConnector::bind(Sio::from("127.0.0.1:0"));
    let (_server, port) = serve(Server::builder().heartbeat(heartbeat).connector(sio)).await;
    let clients = [("4", "websocket"), ("4", "polling"), ("2", "websocket")].map(|which| {
        let (version, transport) = which;
        let script = r"
            const options = { transports: ['TRANSPORT'], reconnection: false };
            const io = require('socket.io-clientVERSION')('http://127.0.0.1:PORT', options);
            const emit = (id, body) => {
              io.emit('message', String.fromCharCode(0, 0, 0, id, ROUTE.length) + ROUTE + body);
            };
            io.on('connect', () => {
              flood((body) => emit(1, body), (body) => emit(0, body));
              io.io.engine.on('packet', ({ type }) => { if ('ping pong'.includes(type)) hear(); });
            });
            io.on('disconnect', (reason) => fail(`disconnected: ${reason}`));
        ";
        let script = script.replace("TRANSPORT", transport).replace("VERSION", version);
        let peers = &peers;
        async move { hears(peers, port, &script).await }
    });
    futures_util::future::join_all(clients).await;
}
