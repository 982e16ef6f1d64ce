use connector::{BoxSocket, Socket};

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
enum AnySocket {
    Box(BoxSocket),
}

fn main() {}
