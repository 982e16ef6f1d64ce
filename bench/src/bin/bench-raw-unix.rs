//! The bare Unix socket under tokio: cuts packages, sends each back, one write a read.

use bench::echo;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = bench::unix()?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(echo::bare(stream));
    }
}
