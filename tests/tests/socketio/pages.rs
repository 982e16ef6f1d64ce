//! Pages that may not connect to a plugin on loopback, by released clients.

use connector::plugin::{Methods, Port, SocketIoConnector, serve};
use connector::transport::{Sio, WebOptions};
use connector::{Address, HybridConnector, SioConnector};
use connector_tests::peer::Peers;

/// What each released client is told over each transport: a program, which names no origin, and
/// a page that nobody has named.
const CONNECT: &str = r"
const { clients } = require('./socketio/connection');
process.noDeprecation = true;
const asked = [];
for (const client of Object.keys(clients)) for (const transport of ['polling', 'websocket']) {
  for (const extraHeaders of [{ 'X-Program': 'yes' }, { Origin: 'https://evil.example' }]) {
    asked.push(new Promise((resolve) => {
      const options = { transports: [transport], forceNew: true, reconnection: false };
      const io = clients[client]()(URL, {
        ...options, extraHeaders, timeout: 50000, rejectUnauthorized: true,
      });
      const who = `${client} ${transport} ${extraHeaders.Origin ? 'page' : 'program'}`;
      const end = (what) => { io.disconnect(); resolve(`${who}: ${what}`); };
      io.on('connect', () => end('connect'));
      io.on('connect_error', ({ message, description }) => {
        const status = /\b403\b/.exec((description && description.message) || description);
        end(`connect_error ${status || message}`);
      });
    }));
  }
}
Promise.all(asked).then((told) => {
  console.log(told.join('\n'));
  process.exit();
});
";

/// Serves a plugin, and returns the address at which it is reached.
async fn plugin<Kind: 'static>(mut port: impl Port<Kind>) -> Option<Address> {
    port.open_port().await.unwrap();
    let address = port.port_address();
    tokio::spawn(serve(Methods::new(), port));
    address
}

#[tokio::test]
async fn a_page_that_nobody_has_named_is_told_that_it_may_not_connect() {
    let Some(peers) = Peers::find() else { return };
    let any = "127.0.0.1:0";
    let beside = Sio::beside();
    let web = WebOptions::new().sio(&beside);
    let addresses = [
        plugin(SioConnector::bind(any)).await,
        plugin(SocketIoConnector::bind(any)).await,
        plugin(HybridConnector::bind(any).web(web)).await,
    ];
    plugin(SioConnector::bind(beside)).await;
    for address in addresses {
        let script = CONNECT.replace("URL", &format!("'http://{}'", address.unwrap()));
        let told = peers.run(&script).await;
        let mut expected = String::new();
        for client in ["1", "2", "4"] {
            for transport in ["polling", "websocket"] {
                let who = format!("{client} {transport}");
                expected += &format!("{who} program: connect\n{who} page: connect_error 403\n");
            }
        }
        assert_eq!(told, expected);
    }
}
