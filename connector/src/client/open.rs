//! The opening of a client's connections.

use std::sync::Arc;
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::pomelo::handshake::Request;
use connector_protocol::pomelo::protobuf::DecodeLimits;
use connector_protocol::session::{ClientSettings, Details, Event, Machine, Welcome};
use serde_json::Value;

use super::ClientBuilder;
use super::live::Live;
use crate::connection::{Agreed, Connection, Dictionary, Encoder, Outbox, open_link};
use crate::connector::{BoxSocket, Role, Socket};
use crate::link::{Inbox, Link, Opening};
use crate::runtime::Instant;

/// The parts of a connection that its task owns.
pub(super) struct OpenConnection {
    pub(super) socket: BoxSocket,
    pub(super) io: Connection<Box<dyn Machine>>,
    /// The zero of the machine's time.
    pub(super) epoch: Instant,
}

/// A connection after its handshake.
pub(super) struct Opened {
    pub(super) connection: OpenConnection,
    pub(super) live: Arc<Live>,
    /// The protocol has no package for a kick, so a push announces it.
    pub(super) kicks_by_push: bool,
}

/// Opens the link, and shakes hands, with these data of the user if they are made for each
/// handshake.
pub(super) async fn open(
    builder: &ClientBuilder,
    user: Option<Value>,
    mut socket: BoxSocket,
) -> Result<Opened, CloseReason> {
    let mut inbox = Inbox::new(builder.max_package);
    let mut peer = socket.peer().clone();
    open_link(&mut socket, &mut Opening::new(&mut inbox, &mut peer)).await?;
    let codec = builder.codec_or_pomelo();
    let session = settings(builder, user, codec.is_negotiable());
    let cached = session.cached.clone();
    let machine = socket.session(Role::Client(Box::new(session)));
    let encoder = Encoder::new(codec, machine.envelope(), socket.frame(), socket.batch());
    #[cfg(feature = "crypto")]
    let encoder = encoder.signing(builder.signing.clone());
    let io = Connection::new(machine, inbox, socket.frame());
    let mut connection = OpenConnection { socket, io, epoch: Instant::now() };
    let welcome = connection.shake_hands().await?;
    let kicks_by_push = welcome.is_none();
    if let Some(welcome) = &welcome
        && encoder.codec.is_negotiable()
    {
        let agreed = Agreed::new(welcome.agreement.clone(), None);
        encoder.agree(Arc::new(agreed.compressing(builder.compress_from)));
        builder.cache.update(&cached, welcome);
    }
    let welcome = welcome.map_or_else(Welcome::default, |welcome| *welcome);
    let live = Arc::new(Live {
        peer,
        dictionary: Dictionary::of_server(&welcome, encoder.codec.is_negotiable()),
        welcome: Arc::new(welcome),
        encoder,
        outbox: Outbox::new(builder.send_queue),
        pending: Arc::default(),
        decode_limits: DecodeLimits { bytes: builder.max_package, ..DecodeLimits::default() },
    });
    Ok(Opened { connection, live, kicks_by_push })
}

/// Returns the settings of the session, without codes and formats if the codec cannot
/// negotiate them.
fn settings(builder: &ClientBuilder, user: Option<Value>, is_negotiable: bool) -> ClientSettings {
    let mut settings = builder.session.clone();
    settings.user = user.clone().or(settings.user);
    if is_negotiable {
        settings.cached = builder.cache.load();
    } else {
        settings.formats.clear();
    }
    #[cfg(feature = "crypto")]
    if let Some(key) = &builder.signing {
        // Only JSON is signed.
        settings.formats.retain(|format| *format == crate::Format::Json);
        let mut request = Request::of(&settings);
        request.sys.rsa = Some(key.public());
        settings.details = Details::new(request);
    }
    if let Some(request) = settings.details.get::<Request>() {
        let mut request = request.clone();
        request.user = user.or(request.user);
        // Only those of the cache can be left out of the answer.
        request.sys.dict_version = None;
        request.sys.proto_version = None;
        if !is_negotiable {
            request.sys.connector = None;
        }
        settings.details = Details::new(request);
    }
    settings
}

impl OpenConnection {
    /// Shakes hands. Messages may flow afterwards.
    async fn shake_hands(&mut self) -> Result<Option<Box<Welcome>>, CloseReason> {
        let Self { socket, io, epoch } = self;
        let mut started = io.start(epoch.elapsed());
        // A machine that cannot begin says why when it looks at the clock.
        io.tick(Duration::ZERO)?;
        loop {
            let step = match started.take() {
                Some(step) => step,
                None => {
                    let step = io.next_step(socket, || epoch.elapsed(), |_| Ok(())).await;
                    step.map_err(|reason| io.explain(reason))?
                }
            };
            if let Event::Opened(welcome) = step.event {
                return Ok(welcome);
            }
        }
    }
}
