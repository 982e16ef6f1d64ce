use connector::{BoxSocket, Socket};

#[derive(Socket)]
enum AnySocket {
    Box(BoxSocket),
    Text(String),
}

fn main() {}
