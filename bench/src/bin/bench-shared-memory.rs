//! Our links and framing over shared memory: sends back every package.

use std::error::Error;
use std::future::poll_fn;

use bench::echo;
use connector::transport::SharedMemory;
use connector::{Accept, Listen, SharedMemorySocket};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = bench::socket()?;
    let mut listener = SharedMemory::new(&*path);
    listener.bind().await?;
    bench::ready(path.display())?;
    loop {
        let (stream, peer) = poll_fn(|cx| listener.poll_accept(cx)).await?;
        tokio::spawn(echo::linked(SharedMemorySocket::accept(stream, peer.clone()), peer));
    }
}
