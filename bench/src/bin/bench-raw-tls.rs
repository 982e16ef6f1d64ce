//! The bare socket with TLS under tokio: cuts packages, sends each back, one write a read.

use bench::packages;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let acceptor = TlsAcceptor::from(bench::tls::server());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    bench::ready(listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(echo(acceptor.clone(), stream));
    }
}

async fn echo(acceptor: TlsAcceptor, stream: TcpStream) -> std::io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut bytes = vec![0; 64 * 1024];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut bytes[filled..]).await?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        let (_, whole) = packages::count(&bytes[..filled]);
        stream.write_all(&bytes[..whole]).await?;
        stream.flush().await?;
        bytes.copy_within(whole..filled, 0);
        filled -= whole;
    }
}
