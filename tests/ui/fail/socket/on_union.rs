use connector::Socket;

#[derive(Socket)]
union PipeSocket {
    io: u8,
    link: u8,
}

fn main() {}
