//! Datagrams without pomelo's handshake, in a connector of one's own.

use connector::codec::JsonCodec;
use connector::transport::{UdpDialer, UdpLink};
use connector::{Bare, Dial};

use super::*;

#[derive(Socket)]
#[socket(session = Bare)]
struct BareSocket {
    #[socket(link)]
    link: UdpLink,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Connector)]
#[connector(socket = BareSocket, codec = JsonCodec)]
struct BareConnector {
    #[connector(listen)]
    udp: Udp,
}

#[tokio::test]
async fn any_datagram_begins_a_session_where_there_is_no_handshake() {
    let connector = BareConnector::bind(Udp::from("127.0.0.1:0").without_handshake());
    let server = Server::builder().connector(connector).handler(Entry).start().await.unwrap();
    let dialer = UdpDialer::new().without_handshake().socket::<BareSocket>();
    let url = format!("udp://{}", server.addresses()[0]);
    let client = Client::builder().codec(JsonCodec).connect_by(dialer, &url).await.unwrap();
    for n in 0..20 {
        echoes(&client, n).await;
    }
    client.close().await;
    until("it has gone", || server.handle().statistics().sessions == 0).await;
}
