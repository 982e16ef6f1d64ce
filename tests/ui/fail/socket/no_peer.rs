use connector::Socket;
use connector::protocol::framing::LengthDelimited;
use tokio::net::TcpStream;

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
struct PipeSocket {
    #[socket(io)]
    io: TcpStream,
}

fn main() {}
