//! Replies that are several: no handler makes such yet, but the way for them is
//! there.

mod held;
mod shares;
mod unsent;

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use connector_protocol::framing::Bare;
use connector_protocol::message::{Head, RequestId, RouteRef};
use connector_protocol::pomelo::message::Message;
use connector_protocol::pomelo::package::{DataPackage, HEADER};

use super::{Calls, Dispatcher};
use crate::codec::PomeloCodec;
use crate::connection::{Encoder, Outbox};
use crate::handler::{
    Cx, Filter, Filters, HandlerError, KeyHasher, Outcome, RawBody, Respond, RouteSpec, States,
};
use crate::link::{Batch, Outgoing};
use crate::routing::{Answer, BoxPlain, BoxSlot, ErasedHandler, ErasedPlain, Routes, Slot, Table};
use crate::session::{Registry, Session, SessionId};
use crate::{Address, DynHandler, Json, Limits, Peer, Server};

/// Counts down: its first route at once, its second one with a wait before each
/// answer.
struct CountDown {
    routes: [RouteSpec; 3],
    filters: Filters,
}

impl CountDown {
    fn new(filters: Filters) -> Self {
        let [at_once, waits, after] =
            ["test.count.atOnce", "test.count.waits", "test.count.after"].map(RouteSpec::new);
        Self { routes: [at_once.code(1), waits.code(2).concurrent(), after.code(3)], filters }
    }
}

impl ErasedHandler for CountDown {
    fn routes(&self) -> &[RouteSpec] {
        &self.routes
    }

    fn filters(&self) -> Filters {
        self.filters.clone()
    }

    fn key(
        &self,
        _: usize,
        _: &Cx<'_>,
        _: RawBody<'_>,
        _: &mut KeyHasher<'_>,
    ) -> Result<(), HandlerError> {
        Ok(())
    }

    fn slot<'a>(&'a self) -> BoxSlot<'a> {
        Box::pin(CountSlot::default())
    }

    fn direct(&self) -> Option<BoxPlain> {
        None
    }
}

impl ErasedPlain for CountDown {
    fn call_plain(&self, _: usize, _: &Cx<'_>, _: RawBody<'_>, _: &mut Respond<'_>) {}
}

#[derive(Default)]
struct CountSlot {
    left: u32,
    waits: bool,
    waited: bool,
}

impl<'a> Slot<'a> for CountSlot {
    fn start(mut self: Pin<&mut Self>, index: usize, _: &Cx<'a>, _: RawBody<'_>) {
        *self = Self { left: if index == 2 { 1 } else { 3 }, waits: index == 1, waited: false };
    }

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        if self.waits && !std::mem::replace(&mut self.waited, true) {
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    fn answer(mut self: Pin<&mut Self>, respond: &mut Respond<'_>) -> Answer {
        self.left -= 1;
        self.waited = false;
        respond.reply(Json(self.left));
        if self.left == 0 { Answer::Last } else { Answer::More }
    }

    fn call(
        mut self: Pin<&mut Self>,
        index: usize,
        cx: &Cx<'a>,
        body: RawBody<'_>,
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<()> {
        self.as_mut().start(index, cx, body);
        if self.as_mut().poll(task).is_ready()
            && self.answer(&mut Respond::new(cx, outgoing)) == Answer::Last
        {
            return Poll::Ready(());
        }
        task.waker().wake_by_ref();
        Poll::Pending
    }

    fn cancel(self: Pin<&mut Self>) {}

    fn size(&self) -> usize {
        size_of::<Self>()
    }
}

/// What leaves when the routes with these codes are asked one after the other:
/// the ids of the requests, counted from 1, and the answers.
async fn ask(codes: &[u16], filters: Filters) -> Vec<(u32, String)> {
    let mut routes = Routes::default();
    routes.add(Box::new(CountDown::new(filters)));
    let (table, _) = routes.into_table(&Filters::default()).unwrap();
    run(table, &Limits::default(), |calls, task, outgoing| {
        for (id, &code) in (1..).zip(codes) {
            request(calls, id, code, b"", task, outgoing);
        }
        while !calls.is_idle() {
            calls.poll(task, outgoing, || true);
        }
        answers(outgoing.buf())
    })
    .await
}

/// Lets `drive` handle the calls of one session of a server with these routes.
async fn run<T>(
    table: Table,
    limits: &Limits,
    drive: impl FnOnce(&mut Calls<'_>, &mut Context<'_>, &mut Outgoing) -> T,
) -> T {
    let dispatcher = Dispatcher::new(table, States::default());
    let server = Server::builder().without_connectors().start().await.unwrap().handle();
    let registry = Arc::<Registry>::default();
    let encoder = Encoder::new(Arc::new(PomeloCodec), &DataPackage, &Bare, Batch::Concat);
    let peer = Peer::new("test", Address::Unnamed);
    let parts = (Outbox::new(1 << 20), encoder);
    let session = Session::new(SessionId::next(), peer, parts, &registry, &Arc::default());
    let mut calls = Calls::new(&dispatcher, &server, &session, limits);
    drive(&mut calls, &mut Context::from_waker(Waker::noop()), &mut Outgoing::default())
}

/// Returns the table of routes that have codes.
fn table_of<const N: usize>(handlers: [DynHandler; N]) -> Table {
    let mut routes = Routes::default();
    handlers.into_iter().for_each(|handler| routes.dynamic(handler));
    routes.into_table(&Filters::default()).unwrap().0
}

/// Dispatches a request.
fn request(
    calls: &mut Calls<'_>,
    id: u32,
    code: u16,
    body: &[u8],
    task: &mut Context<'_>,
    outgoing: &mut Outgoing,
) {
    let head = Head::Request(RequestId::new(id), RouteRef::Code(code));
    calls.dispatch(head, body, task, outgoing);
}

fn answers(mut bytes: &[u8]) -> Vec<(u32, String)> {
    let mut answers = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(HEADER) {
        let size = u32::from_be_bytes([0, head[1], head[2], head[3]]) as usize;
        let message = Message::decode(&rest[..size]).unwrap();
        let id = message.head.id().unwrap().get();
        answers.push((id, String::from_utf8_lossy(message.body).into_owned()));
        bytes = &rest[size..];
    }
    answers
}

fn of(id: u32, answers: &[(u32, String)]) -> Vec<&str> {
    answers.iter().filter(|(of, _)| *of == id).map(|(_, answer)| &**answer).collect()
}

#[tokio::test]
async fn several_answers_of_a_call_leave_in_order() {
    let answers = ask(&[1, 3], Filters::default()).await;
    let answers: Vec<_> = answers.iter().map(|(id, answer)| (*id, &**answer)).collect();
    assert_eq!(answers, [(1, "2"), (1, "1"), (1, "0"), (2, "0")], "the next call waits");
}

#[tokio::test]
async fn calls_with_several_answers_run_beside_each_other() {
    let answers = ask(&[2, 2, 3], Filters::default()).await;
    assert_eq!((of(1, &answers), of(2, &answers)), (vec!["2", "1", "0"], vec!["2", "1", "0"]));
    assert_eq!(answers[0], (3, "0".into()));
}

#[tokio::test]
async fn filters_are_told_of_the_last_answer() {
    #[derive(Clone, Default)]
    struct ReportedLimits(Arc<Mutex<Vec<bool>>>);

    impl Filter for ReportedLimits {
        async fn before(&self, _: &Cx<'_>, _: &RouteSpec) -> Result<(), HandlerError> {
            self.0.lock().unwrap().push(false);
            Ok(())
        }

        fn after(&self, _: &Cx<'_>, _: &RouteSpec, outcome: &Outcome<'_>) {
            assert!(outcome.error.is_none());
            self.0.lock().unwrap().push(true);
        }
    }

    let told = ReportedLimits::default();
    let answers = ask(&[1, 2], Filters::default().and(told.clone())).await;
    assert_eq!((of(1, &answers), of(2, &answers)), (vec!["2", "1", "0"], vec!["2", "1", "0"]));
    let told = told.0.lock().unwrap();
    assert_eq!(told.iter().filter(|told| **told).count(), 2);
    assert_eq!(told.len(), 4);
}
