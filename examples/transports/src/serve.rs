//! Serving at several places at once.

use connector::prelude::*;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Error;
use crate::at::Program;
use crate::game::Game;
use crate::table::{find, transports};
use crate::transport::BoxFuture;

/// What is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The game, to pomelo's clients.
    Game,
    /// The plugin, to Remix's engines.
    Plugin,
}

/// What is being served.
pub struct Served {
    /// The URLs by which it is dialled, with the ports that were picked.
    pub urls: Vec<String>,
    /// Serves, until it is to stop.
    pub serving: BoxFuture<Result<(), Error>>,
}

impl std::fmt::Debug for Served {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Served").field("urls", &self.urls).finish_non_exhaustive()
    }
}

/// Starts to serve at each of these URLs, until `shutdown` is ready.
///
/// # Errors
/// Returns the error of a URL, or of the place that cannot be listened on.
pub async fn start(
    side: Side,
    urls: &[String],
    program: &Program,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Served, Error> {
    match side {
        Side::Game => start_game(urls, program, shutdown).await,
        Side::Plugin => start_plugin(urls, program, shutdown).await,
    }
}

/// One server: whoever comes, and however, is in the same room.
async fn start_game(
    urls: &[String],
    program: &Program,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Served, Error> {
    let transports = transports();
    let ends = program.ends.clone();
    let mut builder = Server::builder().handler(Game::default()).on_close(move |_, reason| {
        if let Some(ends) = &ends {
            // Whoever has asked may have gone.
            let _ = ends.send(reason.clone());
        }
    });
    for url in urls {
        let (transport, place) = find(&transports, url)?;
        builder = transport.serve_game(builder, place, program)?;
    }
    let server = builder.start().await?;
    let bound = urls.iter().zip(server.addresses()).map(|(url, address)| {
        let (transport, _) = find(&transports, url)?;
        Ok(transport.bound(url, Some(address)))
    });
    let urls = bound.collect::<Result<_, Error>>()?;
    let serving = async {
        server.serve_until(shutdown).await;
        Ok(())
    };
    Ok(Served { urls, serving: Box::pin(serving) })
}

/// The same plugin at each place.
async fn start_plugin(
    urls: &[String],
    program: &Program,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Served, Error> {
    let transports = transports();
    let (stop, stops) = watch::channel(false);
    let mut ports = JoinSet::new();
    let mut bound = Vec::new();
    for url in urls {
        let (transport, place) = find(&transports, url)?;
        let mut stops = stops.clone();
        let until = async move {
            // Without a sender it is to stop, too.
            let _ = stops.wait_for(|stopped| *stopped).await;
        };
        let opened = transport.serve_plugin(place, program, Box::pin(until)).await?;
        bound.push(transport.bound(url, opened.address.as_ref()));
        ports.spawn(opened.serving);
    }
    let serving = async move {
        shutdown.await;
        stop.send_replace(true);
        ports.join_all().await.into_iter().collect()
    };
    Ok(Served { urls: bound, serving: Box::pin(serving) })
}
