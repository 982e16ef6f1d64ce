//! The ways in which a connector of one's own starts, and a client of it.

use connector::prelude::*;
use custom_connector::codec::{Words, encode_json};
use custom_connector::pipe::{Front, PipeConnector, PipeSocket};
use tokio::net::UnixListener;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = |name| std::env::temp_dir().join(name);
    let [words, instance, json] = ["words.sock", "instance.sock", "json.sock"].map(path);
    if let Some(text) = std::env::args().nth(1) {
        let socket = PipeSocket::dial(&words).await?;
        let client = Client::builder().codec(Words).connect_socket(socket).await?;
        println!(
            "{}",
            client.request::<Json<String>>("echo.echoHandler.echo", Json(&text)).await?.0
        );
        return Ok(());
    }
    println!("serving {words:?}, {instance:?}, {json:?} and TCP port 3012");
    // The instance: a listener that was bound elsewhere.
    let _ = std::fs::remove_file(&instance);
    let pipe = UnixListener::bind(instance)?.into();
    let server = Server::builder()
        // The factory: an address, and what each connection gets.
        .connector(PipeConnector::new(words, Config::new()))
        .connector(PipeConnector { pipe, config: Config::new() })
        // One of several kinds; one half of one variant's codec is another.
        .connector(Front::Json(PipeConnector::bind(json).encode(encode_json)))
        .connector(Front::Tcp(TcpConnector::bind("127.0.0.1:3012")))
        .route("echo.echoHandler.echo", |text: Json<String>| async { text });
    Ok(server.serve_until(shutdown_signal()).await?)
}
