use connector::plugin::{ClientConnector, LocalLink};

#[derive(ClientConnector)]
enum Front {
    Near(LocalLink),
    Both(LocalLink, LocalLink),
}

fn main() {}
