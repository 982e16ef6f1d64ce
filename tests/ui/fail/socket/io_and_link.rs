use connector::protocol::framing::LengthDelimited;
use connector::{BoxSocket, Peer, Socket};
use tokio::net::TcpStream;

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
struct PipeSocket {
    #[socket(io)]
    io: TcpStream,
    #[socket(link)]
    link: BoxSocket,
    #[socket(peer)]
    peer: Peer,
}

fn main() {}
