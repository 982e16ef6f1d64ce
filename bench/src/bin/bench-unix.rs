//! Our links and framing over a Unix socket: sends back every package, one write a read.

use bench::echo;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = bench::unix()?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(echo::framed(stream.into()));
    }
}
