//! Our TLS, links and framing: sends back every package, one write a read.

use bench::echo;
use connector::transport::{Stream, Tls};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let tls = Tls::new(bench::tls::server());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    bench::ready(listener.local_addr()?.port())?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(echo::framed(Stream::from(stream).opener(tls.clone())));
    }
}
