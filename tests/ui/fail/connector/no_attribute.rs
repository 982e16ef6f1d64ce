use connector::Connector;
use connector::transport::Tcp;

#[derive(Connector)]
struct PipeConnector {
    #[connector(listen)]
    listen: Tcp,
}

fn main() {}
