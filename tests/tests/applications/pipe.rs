//! Packages in memory, whose messages a codec reads and writes.

use connector::codec::JsonCodec;
use connector::prelude::*;
use connector::protocol::framing::LengthDelimited;
use connector::transport::Memory;
use tokio::io::DuplexStream;

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
pub(super) struct PipeSocket {
    #[socket(io)]
    pipe: DuplexStream,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Connector)]
#[connector(socket = PipeSocket, codec = JsonCodec)]
pub(super) struct PipeConnector {
    #[connector(listen)]
    pub(super) pipe: Memory,
}
