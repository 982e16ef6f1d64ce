use connector::plugin::{ClientConnector, LocalLink};

#[derive(ClientConnector)]
#[connector(socket = LocalLink)]
struct Front {
    link: LocalLink,
}

fn main() {}
