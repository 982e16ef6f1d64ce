//! From a socket to an open connection.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use connector_protocol::CloseReason;
use connector_protocol::pomelo::handshake::{Response, codes};
use connector_protocol::session::{Event, PackageWriter, Session as Machine};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::driver::Driver;
use super::pending::Pending;
use super::pushes::Hub;
use super::shared::{Shared, Stage};
use super::{Client, ClientBuilder};
use crate::connection::{Dictionary, Encoder, Outbox};
use crate::connector::{BoxSocket, Role, Socket};
use crate::link::{Inbox, Link, Outgoing};

/// What a connection consists of on this side.
pub(super) struct Line {
    pub(super) socket: BoxSocket,
    pub(super) machine: Box<dyn Machine>,
    pub(super) inbox: Inbox,
    pub(super) outgoing: Outgoing,
    /// What the machine's time counts from.
    pub(super) epoch: Instant,
}

/// Opens the link, shakes hands, and leaves the connection to its task.
pub(super) async fn open(
    builder: ClientBuilder,
    mut socket: BoxSocket,
) -> Result<Client, CloseReason> {
    let mut inbox = Inbox::new(builder.max_package);
    let opened = poll_fn(|cx| {
        let opened = socket.poll_open(cx, &mut inbox);
        inbox.release();
        opened
    });
    opened.await?;
    let mut peer = socket.peer().clone();
    peer.transport = socket.transport().unwrap_or(peer.transport);
    let codec = builder.codec_or_pomelo();
    let mut session = builder.session.clone();
    // No dictionary is kept from one connection to the next.
    session.request.sys.dict_version = None;
    if !codec.is_negotiable() {
        session.request.sys.connector = None;
    }
    let machine = socket.session(Role::Client(Box::new(session)));
    let encoder = Encoder::new(codec, machine.envelope(), socket.frame(), socket.batch());
    let (outgoing, epoch) = (Outgoing::default(), Instant::now());
    let mut line = Line { socket, machine, inbox, outgoing, epoch };
    let response = line.shake_hands().await?;
    let kicks_by_push = response.is_none();
    if let Some(response) = &response
        && encoder.codec.is_negotiable()
    {
        encoder.agree(response.agreement(&builder.formats), None);
    }
    let response = response
        .map_or_else(|| Response { code: codes::OK, sys: None, user: None }, |response| *response);
    let shared = Arc::new(Shared {
        peer,
        dictionary: Dictionary::of_server(&response, encoder.codec.is_negotiable()),
        pushes: Arc::new(Hub::new(builder.push_queue, encoder.agreement().clone())),
        response,
        encoder,
        outbox: Outbox::new(builder.send_queue),
        room: Notify::new(),
        pending: Pending::default(),
        stage: watch::Sender::new(Stage::Open),
    });
    tokio::spawn(Driver::new(line, shared.clone(), kicks_by_push).run());
    Ok(Client::new(shared, builder.request_timeout))
}

impl Line {
    /// The handshake, up to the moment when messages may flow. What arrived
    /// behind it stays in the inbox.
    async fn shake_hands(&mut self) -> Result<Option<Box<Response>>, CloseReason> {
        let frame = self.socket.frame();
        let mut out = PackageWriter::new(frame, self.outgoing.buf());
        if let Event::Opened(response) = self.machine.start(self.epoch.elapsed(), &mut out) {
            return Ok(response);
        }
        let Self { socket, machine, inbox, outgoing, epoch } = self;
        poll_fn(|cx| {
            loop {
                while let Some(bytes) = inbox.peek() {
                    let mut input = bytes;
                    let mut out = PackageWriter::new(frame, outgoing.buf());
                    let event = machine.handle(&mut input, epoch.elapsed(), &mut out)?;
                    let opened = match event {
                        Event::Opened(response) => Some(response),
                        _ => None,
                    };
                    let handled = bytes.len() - input.len();
                    inbox.advance(handled);
                    if let Some(response) = opened {
                        inbox.release();
                        outgoing.release();
                        return Poll::Ready(Ok(response));
                    }
                }
                inbox.take_replies(outgoing);
                if !outgoing.is_sent()
                    && let Poll::Ready(sent) = socket.poll_send(cx, outgoing)
                {
                    sent?;
                }
                match socket.poll_recv(cx, inbox) {
                    Poll::Ready(Err(reason)) if inbox.is_empty() => {
                        return Poll::Ready(Err(reason));
                    }
                    Poll::Ready(_) => {}
                    Poll::Pending => {
                        inbox.release();
                        outgoing.release();
                        return Poll::Pending;
                    }
                }
            }
        })
        .await
    }
}
