use connector::Connector;
use connector::codec::JsonCodec;
use connector::transport::Tcp;

#[derive(Connector)]
#[connector(codec = JsonCodec)]
struct PipeConnector {
    #[connector(listen)]
    listen: Tcp,
}

fn main() {}
