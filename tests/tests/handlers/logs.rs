//! What is logged of calls: causes, failed notifies, routes that do not exist.

use std::collections::HashMap;
use std::fmt;
use std::io;

use connector::prelude::*;
use connector_tests::logs::Log;
use tracing::Level;

use super::start;

struct Bank;

#[derive(Debug, thiserror::Error, RouteError)]
enum BankError {
    #[error("the store does not answer")]
    Store(#[source] io::Error),
    #[error("there is no account {0}")]
    #[route_error(code = 404)]
    NoAccount(u32),
}

/// Has neither `Display` nor a source.
#[derive(RouteError)]
struct Mute;

#[derive(Debug)]
struct Shown;

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("only\nshown")
    }
}

#[derive(RouteError)]
enum OnlyShown {
    It(#[allow(dead_code)] Shown),
}

impl fmt::Display for OnlyShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::It(shown) = self;
        shown.fmt(f)
    }
}

fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionRefused, "10.0.0.1 refused")
}

#[handler("test.bankHandler")]
impl Bank {
    #[route]
    async fn balance(&self) -> Result<Json<u64>, HandlerError> {
        let stored: Result<_, BankError> = Err(BankError::Store(refused()));
        stored.map_err(HandlerError::internal)
    }

    #[route]
    fn account(&self, Json(number): Json<u32>) -> Result<(), BankError> {
        match number {
            0 => Err(BankError::Store(refused())),
            _ => Err(BankError::NoAccount(number)),
        }
    }

    #[route]
    async fn mute(&self) -> Result<(), Mute> {
        Err(Mute)
    }

    #[route]
    async fn shown(&self) -> Result<(), OnlyShown> {
        Err(OnlyShown::It(Shown))
    }

    /// JSON has no members without a text.
    #[route]
    fn tell(&self, session: &Session) -> Result<(), HandlerError> {
        let members = HashMap::from([((1, 2), 3)]);
        Ok(session.push("onTold", Json(members))?)
    }

    #[route(notify)]
    async fn close(&self, Json(number): Json<u32>) -> Result<(), BankError> {
        match number {
            0 => Err(BankError::Store(refused()))?,
            1 => {}
            _ => Err(BankError::NoAccount(number))?,
        }
        Ok(())
    }

    #[route(notify)]
    fn close_now(&self, Json(number): Json<u32>) -> Result<(), BankError> {
        Err(BankError::NoAccount(number))
    }
}

/// The lines without the session, which has another number in each test.
fn told(log: &Log, level: Level) -> Vec<String> {
    let strip = |line: String| {
        let (before, after) = line.split_once(" session=").unwrap_or((&line, ""));
        let after = after.split_once(' ').map_or("", |(_, after)| after);
        format!("{before} {after}").trim_end().to_owned()
    };
    log.take(level).into_iter().map(strip).collect()
}

#[tokio::test(start_paused = true)]
async fn the_cause_of_an_internal_failure_is_for_the_log_alone() {
    let log = Log::here();
    let (_server, client) = start(Server::builder().handler(Bank)).await;
    for (route, body, cause) in [
        ("test.bankHandler.balance", 0, "the store does not answer: 10.0.0.1 refused"),
        ("test.bankHandler.account", 0, "the store does not answer: 10.0.0.1 refused"),
        ("test.bankHandler.shown", 0, r"only\nshown"),
        ("test.bankHandler.mute", 0, "an error without a text, `handlers::logs::Mute`"),
        ("test.bankHandler.tell", 0, "key must be a string"),
    ] {
        let error = client.expect_error(route, Json(body)).await;
        assert_eq!(error, HandlerError::failed(), "{route}");
        let wanted = format!("a call failed route={route} error={cause}");
        assert_eq!(told(&log, Level::ERROR), [wanted]);
    }
    // What a client may know is nothing for the log.
    let error = client.expect_error("test.bankHandler.account", Json(7)).await;
    assert_eq!(error, HandlerError::new(404, "there is no account 7"));
    assert!(told(&log, Level::ERROR).is_empty() && told(&log, Level::WARN).is_empty());
}

#[tokio::test(start_paused = true)]
async fn hooks_of_errors_get_the_cause() {
    let builder = Server::builder().handler(Bank).on_error(|_, error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        error.with("cause", cause.unwrap_or_default())
    });
    let (_server, client) = start(builder).await;
    let error = client.expect_error("test.bankHandler.balance", ()).await;
    assert_eq!(error.metadata["cause"], "the store does not answer");
}

#[tokio::test(start_paused = true)]
async fn the_error_of_a_notify_is_logged() {
    let log = Log::here();
    let (_server, client) = start(Server::builder().handler(Bank)).await;
    for number in [0, 1, 2, 3] {
        client.notify("test.bankHandler.close", Json(number)).await;
    }
    client.notify("test.bankHandler.closeNow", Json(4)).await;
    client.notify("test.bankHandler.close", Json("text")).await;
    client.expect_no_push("onNothing").await;
    let cause = "the store does not answer: 10.0.0.1 refused";
    let wanted = format!("a call failed route=test.bankHandler.close error={cause}");
    assert_eq!(told(&log, Level::ERROR), [wanted]);
    let warned: Vec<_> = told(&log, Level::WARN);
    let first = "a notify failed; later failures of this route with this code are logged at DEBUG";
    assert_eq!(
        warned[..2],
        [
            format!("{first} route=test.bankHandler.close error=code 404: there is no account 2"),
            format!(
                "{first} route=test.bankHandler.closeNow error=code 404: there is no account 4"
            ),
        ]
    );
    let misfit = format!("{first} route=test.bankHandler.close error=code 400: invalid type");
    assert!(warned[2].starts_with(&misfit) && warned.len() == 3, "{warned:?}");
    let later =
        "a notify failed route=test.bankHandler.close error=code 404: there is no account 3";
    assert!(told(&log, Level::DEBUG).contains(&later.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_request_of_a_notify_is_answered_with_its_error_or_with_nothing() {
    let (_server, client) = start(Server::builder().handler(Bank)).await;
    client.request::<()>("test.bankHandler.close", Json(1)).await;
    let error = client.expect_error("test.bankHandler.closeNow", Json(2)).await;
    assert_eq!(error.code, 404);
}

#[tokio::test(start_paused = true)]
async fn a_route_that_does_not_exist_is_told_once_with_the_nearest() {
    let log = Log::here();
    let (_server, client) = start(Server::builder().handler(Bank)).await;
    for _ in 0..3 {
        client.expect_error("test.bankHandler.balanec", ()).await;
        client.client().notify("balance", ()).await.unwrap();
        client.client().notify("shop.cartHandler.\nbuy", ()).await.unwrap();
        client.expect_no_push("onNothing").await;
    }
    assert_eq!(
        told(&log, Level::WARN),
        [
            "no such route, but similar ones route=test.bankHandler.balanec \
             similar=test.bankHandler.balance",
            "no such route, but similar ones route=balance similar=test.bankHandler.balance",
            r"no such route, nor a similar one route=shop.cartHandler.\nbuy",
        ]
    );
    assert!(told(&log, Level::ERROR).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_routes_does_not_fill_the_log() {
    let log = Log::here();
    let (_server, client) = start(Server::builder().handler(Bank)).await;
    for number in 0..500 {
        client.client().notify(&format!("test.bankHandler.no{number}"), ()).await.unwrap();
        if number % 50 == 0 {
            client.expect_no_push("onNothing").await;
        }
    }
    client.expect_no_push("onNothing").await;
    assert_eq!(told(&log, Level::WARN).len(), 64);
}
