//! From a socket to an open connection.

use std::sync::Arc;

use connector_protocol::CloseReason;
use connector_protocol::pomelo::handshake::{Response, codes};
use connector_protocol::session::{Event, Session as Machine};
use tokio::sync::{Notify, watch};

use super::driver::Driver;
use super::pending::Pending;
use super::pushes::Hub;
use super::shared::{Shared, Stage};
use super::{Client, ClientBuilder};
use crate::connection::{Connection, Dictionary, Outbox, Wire, open_link};
use crate::connector::{BoxSocket, Role, Socket};
use crate::link::{Inbox, Link, Opening};
use crate::runtime::{self, Instant};

/// What a connection consists of on this side.
pub(super) struct Line {
    pub(super) socket: BoxSocket,
    pub(super) io: Connection<Box<dyn Machine>>,
    /// What the machine's time counts from.
    pub(super) epoch: Instant,
}

/// Opens the link, shakes hands, and leaves the connection to its task.
pub(super) async fn open(
    builder: ClientBuilder,
    mut socket: BoxSocket,
) -> Result<Client, CloseReason> {
    let mut inbox = Inbox::new(builder.max_package);
    let mut peer = socket.peer().clone();
    open_link(&mut socket, &mut Opening::new(&mut inbox, &mut peer)).await?;
    let codec = builder.codec_or_pomelo();
    let mut session = builder.session.clone();
    // No dictionary is kept from one connection to the next.
    session.request.sys.dict_version = None;
    if !codec.is_negotiable() {
        session.request.sys.connector = None;
    }
    let machine = socket.session(Role::Client(Box::new(session)));
    let wire = Wire::new(codec, machine.envelope(), socket.frame(), socket.batch());
    let io = Connection::new(machine, inbox, socket.frame());
    let mut line = Line { socket, io, epoch: Instant::now() };
    let response = line.shake_hands().await?;
    let kicks_by_push = response.is_none();
    if let Some(response) = &response
        && wire.codec.is_negotiable()
    {
        wire.agree(response.terms(), None);
    }
    let response = response
        .map_or_else(|| Response { code: codes::OK, sys: None, user: None }, |response| *response);
    let shared = Arc::new(Shared {
        peer,
        dictionary: Dictionary::new(&response, wire.codec.is_negotiable()),
        response,
        wire,
        outbox: Outbox::new(builder.send_queue),
        room: Notify::new(),
        pending: Pending::default(),
        pushes: Arc::new(Hub::new(builder.push_queue)),
        stage: watch::Sender::new(Stage::Open),
    });
    runtime::spawn(Driver::new(line, shared.clone(), kicks_by_push).run());
    Ok(Client::new(shared, builder.request_timeout))
}

impl Line {
    /// The handshake, up to the moment when messages may flow.
    async fn shake_hands(&mut self) -> Result<Option<Box<Response>>, CloseReason> {
        let Self { socket, io, epoch } = self;
        let mut started = io.start(epoch.elapsed());
        loop {
            let step = match started.take() {
                Some(step) => step,
                None => io.next_step(socket, || epoch.elapsed()).await?,
            };
            if let Event::Opened(response) = step.event {
                return Ok(response);
            }
        }
    }
}
