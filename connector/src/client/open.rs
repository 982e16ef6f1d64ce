//! The opening of a client's connection.

use std::sync::Arc;

use connector_protocol::CloseReason;
use connector_protocol::pomelo::handshake::Request;
use connector_protocol::session::{ClientSettings, Details, Event, Machine, Welcome};
use tokio::sync::watch;

use super::driver::Driver;
use super::pending::Pending;
use super::pushes::Subscriptions;
use super::shared::{Shared, Stage};
use super::{Client, ClientBuilder};
use crate::connection::{Agreed, Connection, Dictionary, Encoder, Outbox, open_link};
use crate::connector::{BoxSocket, Role, Socket};
use crate::link::{Inbox, Link, Opening};
use crate::runtime::{self, Instant};

/// The parts of a connection that its task owns.
pub(super) struct OpenConnection {
    pub(super) socket: BoxSocket,
    pub(super) io: Connection<Box<dyn Machine>>,
    /// The zero of the machine's time.
    pub(super) epoch: Instant,
}

/// Opens the link, shakes hands, and spawns the connection's task.
pub(super) async fn open(
    builder: ClientBuilder,
    mut socket: BoxSocket,
) -> Result<Client, CloseReason> {
    let mut inbox = Inbox::new(builder.max_package);
    let mut peer = socket.peer().clone();
    open_link(&mut socket, &mut Opening::new(&mut inbox, &mut peer)).await?;
    let codec = builder.codec_or_pomelo();
    let session = settings(&builder, codec.is_negotiable());
    let machine = socket.session(Role::Client(Box::new(session)));
    let encoder = Encoder::new(codec, machine.envelope(), socket.frame(), socket.batch());
    let io = Connection::new(machine, inbox, socket.frame());
    let mut connection = OpenConnection { socket, io, epoch: Instant::now() };
    let welcome = connection.shake_hands().await?;
    let kicks_by_push = welcome.is_none();
    if let Some(welcome) = &welcome
        && encoder.codec.is_negotiable()
    {
        encoder.agree(Arc::new(Agreed::new(welcome.agreement.clone(), None)));
    }
    let welcome = welcome.map_or_else(Welcome::default, |welcome| *welcome);
    let shared = Arc::new(Shared {
        peer,
        pushes: Arc::new(Subscriptions::new(builder.push_queue, encoder.agreement().clone())),
        dictionary: Dictionary::of_server(&welcome, encoder.codec.is_negotiable()),
        welcome,
        encoder,
        outbox: Outbox::new(builder.send_queue),
        pending: Pending::default(),
        stage: watch::Sender::new(Stage::Open),
    });
    let rate = builder.package_rate;
    runtime::spawn(Driver::new(connection, shared.clone(), kicks_by_push, rate).run());
    Ok(Client::new(shared, builder.request_timeout))
}

/// Returns the settings of the session, without codes and formats if the codec cannot
/// negotiate them.
fn settings(builder: &ClientBuilder, is_negotiable: bool) -> ClientSettings {
    let mut settings = builder.session.clone();
    if !is_negotiable {
        settings.formats.clear();
    }
    if let Some(request) = settings.details.get::<Request>() {
        let mut request = request.clone();
        // Clients do not keep dictionaries between connections.
        request.sys.dict_version = None;
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
        loop {
            let step = match started.take() {
                Some(step) => step,
                None => io.next_step(socket, || epoch.elapsed(), |_| Ok(())).await?,
            };
            if let Event::Opened(welcome) = step.event {
                return Ok(welcome);
            }
        }
    }
}
