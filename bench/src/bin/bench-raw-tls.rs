//! The bare socket with TLS under tokio: cuts packages, sends each back, one write a read.

use std::io;

use bench::echo;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

#[tokio::main]
async fn main() -> io::Result<()> {
    let acceptor = TlsAcceptor::from(bench::tls::server());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    bench::ready(listener.local_addr()?.port())?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(acceptor.clone(), stream));
    }
}

async fn serve(acceptor: TlsAcceptor, stream: TcpStream) -> io::Result<()> {
    echo::bare(acceptor.accept(stream).await?).await
}
