//! WebSocket in memory, so that time may be paused.

use connector::Pomelo;
use connector::prelude::*;
use connector::transport::{Memory, WebSocket, WebSocketLink};
use tokio::io::DuplexStream;

/// A connector of pomelo's packages over WebSocket in memory.
#[derive(Connector)]
#[connector(socket = WebSocketInMemory, codec = connector::codec::PomeloCodec)]
pub(crate) struct WebConnector {
    #[connector(listen)]
    pub(crate) listen: WebSocket<Memory>,
}

#[derive(Socket)]
#[socket(session = Pomelo)]
pub(crate) struct WebSocketInMemory {
    #[socket(link)]
    link: WebSocketLink<DuplexStream>,
    #[socket(peer)]
    peer: Peer,
}
