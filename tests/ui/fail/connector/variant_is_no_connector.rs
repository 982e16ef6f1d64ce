use connector::{Connector, TcpConnector};

#[derive(Connector)]
enum Front {
    Tcp(TcpConnector),
    Text(String),
}

fn main() {}
