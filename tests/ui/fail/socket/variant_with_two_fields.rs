use connector::{BoxSocket, Socket};

#[derive(Socket)]
enum AnySocket {
    Box(BoxSocket),
    Named(BoxSocket, String),
    Nothing,
    Field { socket: BoxSocket },
}

fn main() {}
