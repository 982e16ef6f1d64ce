//! A row of the table: the two ends of a transport, for the game and for the plugin.

use std::pin::Pin;

use connector::client::ClientBuilder;
use connector::plugin::{ClientOptions, DialedPlugin, Engine, MessageLink, Port, serve_until};
use connector::prelude::*;
use connector::protocol::remix::Profile;
use connector::{Address, BoxSocket, Dial};

use crate::Error;
use crate::at::{At, Kind, Program};
use crate::plugin::Greeter;

/// A future of any type.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A function of a row: it makes a connector, a listener or a dialer.
pub type Make<T> = fn(&At<'_>) -> Result<T, Error>;

/// A transport by its name.
pub struct Transport {
    /// The scheme of its URLs.
    pub name: &'static str,
    /// What stands behind the scheme.
    pub kind: Kind,
    /// The feature of connector-kit that it needs.
    pub feature: Option<&'static str>,
    /// Other transports by whose name it is dialled too.
    pub also: &'static [&'static str],
    /// Whether messages arrive in their order, and all of them.
    pub keeps_order: bool,
    /// The scheme that its dialer knows.
    scheme: &'static str,
    game: Option<GameEnds>,
    plugin: Option<PluginEnds>,
}

type AddConnector = dyn Fn(ServerBuilder, &At<'_>) -> Result<ServerBuilder, Error> + Send + Sync;
type DialGame =
    dyn Fn(&At<'_>, String) -> Result<BoxFuture<Result<Client, Error>>, Error> + Send + Sync;
type DialSocket =
    dyn Fn(&At<'_>, String) -> Result<BoxFuture<Result<BoxSocket, Error>>, Error> + Send + Sync;
type OpenPlugin =
    dyn Fn(&At<'_>, BoxFuture<()>) -> Result<BoxFuture<Result<Opened, Error>>, Error> + Send + Sync;
type Register = dyn Fn(&At<'_>, String, &Engine) -> Result<(), Error> + Send + Sync;

struct GameEnds {
    listen: Box<AddConnector>,
    dial: Box<DialGame>,
    socket: Box<DialSocket>,
}

struct PluginEnds {
    listen: Box<OpenPlugin>,
    dial: Box<Register>,
}

/// A plugin's port that is open.
pub struct Opened {
    /// Where it listens.
    pub address: Option<Address>,
    /// Serves, until it is to stop.
    pub serving: BoxFuture<Result<(), Error>>,
}

impl Transport {
    /// Creates a row without ends, of a transport that keeps order.
    pub fn new(name: &'static str, kind: Kind) -> Self {
        let (scheme, also) = (name, &[][..]);
        Self {
            name,
            kind,
            feature: None,
            also,
            keeps_order: true,
            scheme,
            game: None,
            plugin: None,
        }
    }

    /// Names the feature that it needs.
    #[must_use]
    pub fn feature(mut self, feature: &'static str) -> Self {
        self.feature = Some(feature);
        self
    }

    /// Dials with this scheme, which the dialer knows, in the place of the transport's name.
    #[must_use]
    pub fn scheme(mut self, scheme: &'static str) -> Self {
        self.scheme = scheme;
        self
    }

    /// Names transports by which it is dialled too.
    #[must_use]
    pub fn also(mut self, names: &'static [&'static str]) -> Self {
        self.also = names;
        self
    }

    /// Says that messages may be lost and overtake one another.
    #[must_use]
    pub fn without_order(mut self) -> Self {
        self.keeps_order = false;
        self
    }

    /// Adds the ends of a session of pomelo's: a connector, and a dialer of sockets.
    #[must_use]
    pub fn game<C, D>(self, listen: Make<C>, dialer: Make<D>) -> Self
    where
        C: Connector,
        D: Dial<Io: Socket>,
    {
        self.game_with(Client::builder, listen, dialer)
    }

    /// Adds the ends of a session of pomelo's whose clients have options of their own, such as
    /// another codec.
    #[must_use]
    pub fn game_with<C, D>(
        mut self,
        client: fn() -> ClientBuilder,
        listen: Make<C>,
        dialer: Make<D>,
    ) -> Self
    where
        C: Connector,
        D: Dial<Io: Socket>,
    {
        self.game = Some(GameEnds {
            listen: Box::new(move |server, at| Ok(server.connector(listen(at)?))),
            dial: Box::new(move |at, url| {
                let dialer = dialer(at)?;
                Ok(Box::pin(async move { Ok(client().connect_by(dialer, &url).await?) }))
            }),
            socket: Box::new(move |at, url| {
                let dialer = dialer(at)?;
                Ok(Box::pin(async move { Ok(dialer.connect(&url).await?.0.boxed()) }))
            }),
        });
        self
    }

    /// Adds the ends between a plugin and an engine of Remix's: a port for engines, and a
    /// dialer of links that carry messages.
    #[must_use]
    pub fn plugin<K, P, D>(mut self, listen: Make<P>, dialer: Make<D>) -> Self
    where
        K: 'static,
        P: Port<K>,
        D: Dial<Io: MessageLink>,
    {
        self.plugin = Some(PluginEnds {
            listen: Box::new(move |at, until| {
                let port = listen(at)?;
                Ok(Box::pin(open(port, until)))
            }),
            dial: Box::new(move |at, url, engine| {
                let profile = Profile::new("greeter").url(url);
                Ok(engine.register(DialedPlugin::new(profile, dialer(at)?))?)
            }),
        });
        self
    }

    /// Returns whether it carries sessions of pomelo's.
    pub fn has_game(&self) -> bool {
        self.game.is_some()
    }

    /// Returns whether it connects plugins and engines.
    pub fn has_plugin(&self) -> bool {
        self.plugin.is_some()
    }

    /// Returns the URL of a place.
    pub fn url(&self, place: &str) -> String {
        self.kind.url_of(self.name, place)
    }

    /// Returns the URL by which a URL that is served is dialled: with the port that was picked.
    pub(crate) fn bound(&self, url: &str, address: Option<&Address>) -> String {
        match address {
            Some(address) if self.kind != Kind::Command => self.url(&address.to_string()),
            _ => url.to_owned(),
        }
    }

    /// Adds the connector for a place to a server.
    ///
    /// # Errors
    /// Returns the error of the connector, or that there is none.
    pub fn serve_game(
        &self,
        server: ServerBuilder,
        place: &str,
        program: &Program,
    ) -> Result<ServerBuilder, Error> {
        (self.game_ends()?.listen)(server, &At { place, program })
    }

    /// Connects a client to a place.
    ///
    /// # Errors
    /// Returns the error of the dialer, or that there is none.
    pub async fn dial_game(&self, place: &str, program: &Program) -> Result<Client, Error> {
        let url = self.kind.url_of(self.scheme, place);
        (self.game_ends()?.dial)(&At { place, program }, url)?.await
    }

    /// Connects a socket to a place, without a client, for whoever speaks by hand.
    ///
    /// # Errors
    /// Returns the error of the dialer, or that there is none.
    pub async fn dial_socket(&self, place: &str, program: &Program) -> Result<BoxSocket, Error> {
        let url = self.kind.url_of(self.scheme, place);
        (self.game_ends()?.socket)(&At { place, program }, url)?.await
    }

    /// Opens a port for engines at a place, where the plugin is served until `until` is ready.
    ///
    /// # Errors
    /// Returns the error of the port, or that there is none.
    pub async fn serve_plugin(
        &self,
        place: &str,
        program: &Program,
        until: BoxFuture<()>,
    ) -> Result<Opened, Error> {
        (self.plugin_ends()?.listen)(&At { place, program }, until)?.await
    }

    /// Registers the plugin at a place with an engine.
    ///
    /// # Errors
    /// Returns the error of the dialer or of the engine, or that there is no dialer.
    pub fn dial_plugin(
        &self,
        place: &str,
        program: &Program,
        engine: &Engine,
    ) -> Result<(), Error> {
        let url = self.kind.url_of(self.scheme, place);
        (self.plugin_ends()?.dial)(&At { place, program }, url, engine)
    }

    fn game_ends(&self) -> Result<&GameEnds, Error> {
        let none = || format!("`{}` carries plugins alone: add `--plugin`", self.name);
        Ok(self.game.as_ref().ok_or_else(none)?)
    }

    fn plugin_ends(&self) -> Result<&PluginEnds, Error> {
        let none = || format!("`{}` carries the game alone: leave out `--plugin`", self.name);
        Ok(self.plugin.as_ref().ok_or_else(none)?)
    }
}

async fn open<K, P: Port<K>>(mut port: P, until: BoxFuture<()>) -> Result<Opened, Error> {
    // `serve_until` opens it too, and says no address.
    port.open_port().await?;
    let address = port.port_address();
    let serving = async { Ok(serve_until(Greeter, port, ClientOptions::new(), until).await?) };
    Ok(Opened { address, serving: Box::pin(serving) })
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").field("name", &self.name).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("address", &self.address).finish_non_exhaustive()
    }
}
