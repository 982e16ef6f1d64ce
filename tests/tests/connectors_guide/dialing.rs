use connector::Dial;
use connector::client::ConnectError;
use connector::plugin::{DialedPlugin, Engine, EngineError, Profile};
use connector::prelude::*;
use connector::testing::{TestClient, TestServer};
use connector::transport::TcpDialer;

/// The way to `slip://host:port`, and with TLS to `slips://host:port`.
fn slip() -> impl Dial<Io = SlipSocket> {
    TcpDialer::new().schemes("slip", "slips").socket()
}

async fn client(url: &str) -> Result<Client, ConnectError> {
    Client::builder().dial("slip", slip()).dial("slips", slip()).connect(url).await
}

fn engine(url: &str) -> Result<Engine, EngineError> {
    let engine = Engine::new();
    engine.register(DialedPlugin::new(Profile::new("calculator").url(url), slip()))?;
    Ok(engine)
}

async fn test_client(server: &TestServer) -> TestClient {
    let url = format!("slip://{}", server.addresses()[0]);
    server.client().with(|client| client.dial("slip", slip())).url(url).connect().await
}
