use connector::plugin::{ClientConnector, LocalLink};

#[derive(ClientConnector)]
struct Front<'a> {
    #[connector(socket)]
    link: LocalLink,
    name: &'a str,
}

fn main() {}
