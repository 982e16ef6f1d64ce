use connector::Connector;

#[derive(Connector)]
union PipeConnector {
    a: u8,
    b: u8,
}

fn main() {}
