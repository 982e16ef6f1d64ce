use connector::codec::JsonCodec;
use connector::transport::Tcp;
use connector::{BoxSocket, Connector, Peer, Socket};

#[derive(Socket)]
struct OtherSocket {
    #[socket(link)]
    link: BoxSocket,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Connector)]
#[connector(socket = OtherSocket, codec = JsonCodec)]
struct PipeConnector {
    #[connector(listen)]
    listen: Tcp,
}

fn main() {}
