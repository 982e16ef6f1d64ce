use connector::{BoxSocket, Socket};

#[derive(Socket)]
enum AnySocket {
    #[socket(link)]
    Box(BoxSocket),
}

fn main() {}
