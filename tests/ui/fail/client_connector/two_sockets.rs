use connector::plugin::{ClientConnector, LocalLink};

#[derive(ClientConnector)]
struct Front {
    #[connector(socket)]
    near: LocalLink,
    #[connector(socket)]
    far: LocalLink,
}

fn main() {}
