use connector::plugin::{ClientConnector, LocalLink};

#[derive(ClientConnector)]
struct Front {
    #[connector(link)]
    link: LocalLink,
}

fn main() {}
