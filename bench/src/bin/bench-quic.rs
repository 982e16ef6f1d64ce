//! Our links and framing over QUIC: sends back every package, one write a read.

use std::error::Error;
use std::future::poll_fn;

use bench::echo;
use connector::transport::{Quic, Tls};
use connector::{Accept, Address, Listen, QuicSocket};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut quic = Quic::new("127.0.0.1:0", Tls::new(bench::tls::server()));
    quic.bind().await?;
    let Some(Address::Inet(address)) = quic.address() else { return Err("no address".into()) };
    bench::ready(address.port())?;
    loop {
        let (stream, peer) = poll_fn(|cx| quic.poll_accept(cx)).await?;
        tokio::spawn(echo::linked(QuicSocket::accept(stream, peer.clone()), peer));
    }
}
