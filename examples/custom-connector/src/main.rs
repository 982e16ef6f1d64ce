//! Serves at Unix sockets in three ways, or says something to one of them.

#[cfg(not(unix))]
fn main() {
    eprintln!("custom-connector: there are no Unix sockets on this system");
}

#[cfg(unix)]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = |name| std::env::temp_dir().join(name);
    match std::env::args().nth(1) {
        Some(text) => unix::say(&path("words.sock"), &text).await,
        None => unix::serve([path("words.sock"), path("instance.sock"), path("json.sock")]).await,
    }
}

#[cfg(unix)]
mod unix {
    use std::error::Error;
    use std::path::{Path, PathBuf};

    use connector::prelude::*;
    use custom_connector::codec::{Words, encode_json};
    use custom_connector::pipe::{Front, PipeConnector, PipeSocket};
    use tokio::net::UnixListener;

    struct Echo;

    #[handler("echo.echoHandler")]
    impl Echo {
        #[route]
        async fn echo(&self, Json(text): Json<String>) -> Json<String> {
            Json(text)
        }
    }

    pub(super) async fn serve(paths: [PathBuf; 3]) -> Result<(), Box<dyn Error>> {
        println!("serving {paths:?} and TCP port 3012");
        let [words, instance, json] = paths;
        // The instance: a listener that was bound elsewhere.
        let _ = std::fs::remove_file(&instance);
        let pipe = UnixListener::bind(instance)?.into();
        let server = Server::builder()
            // The factory: an address, and what each connection gets.
            .connector(PipeConnector::new(words, Config::new()))
            .connector(PipeConnector { pipe, config: Config::new() })
            // One of several kinds; one half of one variant's codec is another.
            .connector(Front::Json(PipeConnector::bind(json).encode(encode_json)))
            .connector(Front::Tcp(TcpConnector::bind("127.0.0.1:3012")));
        Ok(server.handler(Echo).serve_until(shutdown_signal()).await?)
    }

    pub(super) async fn say(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
        let socket = PipeSocket::dial(path).await?;
        let client = Client::builder().codec(Words).connect_socket(socket).await?;
        println!("{}", client.request::<String>("echo.echoHandler.echo", text).await?);
        Ok(())
    }
}
