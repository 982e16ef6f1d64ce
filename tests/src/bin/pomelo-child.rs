//! A pomelo server that speaks to the program that has started it, over its standard input
//! and output.

#[cfg(unix)]
fn main() {
    let code = match server::run() {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("pomelo-child: {error}");
            1
        }
    };
    // The end of the runtime would wait for the read of standard input.
    std::process::exit(code)
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
mod server {
    use std::io;

    use connector::TcpSocket;
    use connector::codec::PomeloCodec;
    use connector::prelude::*;
    use connector::transport::Parent;
    use connector_tests::game::Game;

    /// Pomelo's packages over standard input and output.
    #[derive(Connector)]
    #[connector(socket = TcpSocket, codec = PomeloCodec)]
    struct ParentConnector(#[connector(listen)] Parent);

    /// Serves the parent until that closes the connection.
    #[tokio::main(flavor = "current_thread")]
    pub(super) async fn run() -> io::Result<()> {
        let parent = Parent::stdio();
        let gone = parent.gone();
        let server = Server::builder().connector(ParentConnector(parent)).handler(Game);
        server.serve_until(gone).await.map_err(io::Error::other)
    }
}
