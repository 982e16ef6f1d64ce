//! Each transport, served by a thread or a process of its own.

use connector::CloseReason;
use connector::transport::{ClientPem, ServerPem};
use connector_tests::certificates::Authority;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;
use transports::apart::Apart;
use transports::at::{Kind, Program};
use transports::serve::Side;
use transports::table::{find, transports};
use transports::transport::Transport;

use crate::LONG;

/// What a conversation takes place with.
pub(crate) struct Here {
    directory: TempDir,
    pub(crate) program: Program,
    /// The reasons for which sessions of the game have ended, except those of a child.
    pub(crate) ends: mpsc::UnboundedReceiver<CloseReason>,
    /// The certificates of `program`.
    _authority: Authority,
}

impl Here {
    pub(crate) fn new() -> Self {
        let authority = Authority::new();
        let server = authority.local();
        let (tells, ends) = mpsc::unbounded_channel();
        let program = Program {
            ends: Some(tells),
            certificate: Some(ServerPem::new(server.certificate, server.key)),
            roots: Some(ClientPem::new(authority.roots())),
            ..Program::default()
        };
        Self { directory: TempDir::new().unwrap(), program, ends, _authority: authority }
    }

    /// Serves over a transport, and returns the URLs by which it is dialled.
    async fn serve(&self, side: Side, transport: &Transport) -> (Option<Apart>, Vec<String>) {
        let place = match transport.kind {
            Kind::HostPort => "127.0.0.1:0".to_owned(),
            Kind::Path => self.directory.path().join(transport.name).display().to_string(),
            Kind::Name | Kind::Within => format!("transports-{}", std::process::id()),
            Kind::Command => {
                let flag = if side == Side::Plugin { "--plugin " } else { "" };
                let program = env!("CARGO_BIN_EXE_transports");
                // The child is served by itself, when it is dialled.
                return (None, vec![format!("child:{program} serve {flag}child:")]);
            }
        };
        let served = Apart::start(side, vec![transport.url(&place)], &self.program).await;
        let served = served.unwrap_or_else(|error| panic!("{}: {error}", transport.name));
        let url = served.urls[0].clone();
        let also = transport.also.iter().map(|name| url.replacen(transport.name, name, 1));
        let urls = std::iter::once(url.clone()).chain(also).collect();
        (Some(served), urls)
    }
}

/// Checks a conversation at each URL of each transport that has one. Returns the URLs' schemes.
pub(crate) async fn everywhere(
    side: Side,
    has: impl Fn(&Transport) -> bool,
    talk: impl AsyncFn(&mut Here, &Transport, &str),
) -> Vec<String> {
    let (mut here, table) = (Here::new(), transports());
    let mut schemes = Vec::new();
    for transport in table.iter().filter(|transport| has(transport)) {
        let (served, urls) = here.serve(side, transport).await;
        for url in urls {
            let (dialed, place) = find(&table, &url).unwrap();
            let talked = timeout(LONG, talk(&mut here, dialed, place)).await;
            talked.unwrap_or_else(|_| panic!("no end of the conversation at {url}"));
            schemes.push(url.split_once(':').unwrap().0.to_owned());
        }
        if let Some(served) = served {
            timeout(LONG, served.stop()).await.unwrap().unwrap();
        }
    }
    schemes
}
