//! The bytes of messages whose calls run or wait.

use super::*;

/// Routes that never return: code 1, and code 2 beside other calls.
fn table() -> Table {
    table_of([
        DynHandler::new("test.never.serial", std::future::pending::<()>).code(1),
        DynHandler::new("test.never.beside", std::future::pending::<()>).code(2).concurrent(),
        DynHandler::new("test.never.atOnce", async || ()).code(3).concurrent(),
    ])
}

#[tokio::test]
async fn bodies_of_calls_that_run_or_wait_are_counted() {
    let limits = Limits { call_bytes: 10_000, ..Limits::default() };
    run(table(), &limits, |calls, task, outgoing| {
        let body = [b' '; 2_500];
        // One that has returned costs nothing.
        request(calls, 1, 3, &[b' '; 20_000], task, outgoing);
        for (id, code) in [(2, 1), (3, 1), (4, 2), (5, 2)] {
            assert!(!calls.is_full());
            request(calls, id, code, &body, task, outgoing);
        }
        assert!(calls.is_full());
        calls.forget_waiting();
        assert!(!calls.is_full());
    })
    .await;
}

#[tokio::test]
async fn while_all_sessions_hold_too_much_each_has_one_call() {
    let limits = Limits { call_bytes_in_all: 10_000, ..Limits::default() };
    let dispatcher = Dispatcher::new(table(), States::default());
    let server = Server::builder().without_connectors().start().await.unwrap().handle();
    let registry = Arc::<Registry>::default();
    let sessions = [(); 3].map(|()| {
        let encoder = Encoder::new(Arc::new(PomeloCodec), &DataPackage, &Bare, Batch::Concat);
        let parts = (Outbox::new(1 << 20), encoder);
        let peer = Peer::new("test", Address::Unnamed);
        Session::new(SessionId::next(), peer, parts, &registry, &Arc::default())
    });
    let [mut hoarder, mut small, mut idle] =
        [0, 1, 2].map(|index| Calls::new(&dispatcher, &server, &sessions[index], &limits));
    let mut task = Context::from_waker(Waker::noop());
    let mut outgoing = Outgoing::default();
    request(&mut small, 1, 2, b"{}", &mut task, &mut outgoing);
    assert!(!small.is_full());
    for id in 1..=5 {
        request(&mut hoarder, id, 2, &[b' '; 2_100], &mut task, &mut outgoing);
    }
    assert!(hoarder.is_full() && small.is_full() && !idle.is_full());
    request(&mut idle, 1, 2, b"{}", &mut task, &mut outgoing);
    assert!(idle.is_full());
    drop(hoarder);
    assert!(!small.is_full() && !idle.is_full());
}

/// A value that panics when it is dropped, also while its thread panics.
struct Broken;

impl Drop for Broken {
    fn drop(&mut self) {
        panic!("it is broken");
    }
}

async fn hold_broken() {
    let _broken = Broken;
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn calls_whose_values_panic_are_dropped_one_by_one() {
    let table = || {
        table_of([
            DynHandler::new("test.broken.serial", hold_broken).code(1),
            DynHandler::new("test.broken.beside", hold_broken).code(2).concurrent(),
        ])
    };
    for cancels in [false, true] {
        let limits = Limits::default();
        run(table(), &limits, |calls, task, outgoing| {
            for (id, code) in [(1, 1), (2, 2), (3, 2)] {
                request(calls, id, code, b"{}", task, outgoing);
            }
            if cancels {
                calls.cancel();
                assert!(calls.is_idle());
            }
        })
        .await;
    }
}
