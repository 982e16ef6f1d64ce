//! Bare quinn: cuts the packages of a stream, sends each back, one write a read.

use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::Arc;

use bench::echo;
use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Endpoint, Incoming, ServerConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let tls = QuicServerConfig::try_from(bench::tls::server())?;
    let config = ServerConfig::with_crypto(Arc::new(tls));
    let endpoint = Endpoint::server(config, (Ipv4Addr::LOCALHOST, 0).into())?;
    bench::ready(endpoint.local_addr()?.port())?;
    while let Some(incoming) = endpoint.accept().await {
        tokio::spawn(serve(incoming));
    }
    Ok(())
}

async fn serve(incoming: Incoming) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (sends, receives) = incoming.await?.accept_bi().await?;
    Ok(echo::bare(tokio::io::join(receives, sends)).await?)
}
