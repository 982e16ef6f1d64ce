use connector::protocol::framing::LengthDelimited;
use connector::transport::Tcp;
use connector::{Connector, Peer, Socket};
use tokio::net::TcpStream;

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
struct PipeSocket {
    #[socket(io)]
    io: TcpStream,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Connector)]
#[connector(socket = PipeSocket, codec = JsonCodec::default())]
struct PipeConnector {
    #[connector(listen)]
    listen: Tcp,
}

fn main() {}
