use connector::Connector;
use connector::codec::JsonCodec;
use connector::transport::Tcp;
use tokio::net::TcpStream;

#[derive(Connector)]
#[connector(socket = TcpStream, codec = JsonCodec)]
struct PipeConnector {
    #[connector(listen)]
    listen: Tcp,
}

fn main() {}
