use connector::Socket;

#[derive(Socket)]
enum AnySocket {}

fn main() {}
