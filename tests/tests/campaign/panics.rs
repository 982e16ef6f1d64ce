//! Handlers that panic, and the code that runs after them, which panics too.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use connector::handler::{Cx, Filter, Outcome, RouteSpec};
use connector::protocol::CloseReason;
use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

use crate::scene::{Scene, campaign_in};
use crate::words::{hear, open, request};
use crate::{alone, quietly};

struct After;

impl Filter for After {
    fn after(&self, _: &Cx<'_>, route: &RouteSpec, _: &Outcome<'_>) {
        assert!(!route.route.ends_with("panics"), "on purpose: a filter");
    }
}

#[test]
fn panics_of_two() {
    let _alone = alone();
    quietly();
    let (opened, ended) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (opening, ending) = (opened.clone(), ended.clone());
    let scene = Scene::set_as(|server| {
        server
            .filter(After)
            .on_open(move |session| {
                opening.fetch_add(1, Ordering::SeqCst);
                session.on_close(|_, reason| fail_after_a_panic(reason));
            })
            .on_close(|_, reason| fail_after_a_panic(reason))
            .on_close(move |_, _| {
                ending.fetch_add(1, Ordering::SeqCst);
            })
    });
    campaign_in(scene, 10, |address, _| async move {
        loop {
            fail(address).await;
            sleep(Duration::from_millis(20)).await;
        }
    });
    let opened = opened.load(Ordering::SeqCst);
    assert_eq!(ended.load(Ordering::SeqCst), opened, "each session's last hook ran");
}

fn fail_after_a_panic(reason: &CloseReason) {
    assert!(*reason != CloseReason::Panicked, "on purpose: a close hook");
}

/// Calls a handler that panics, and waits for the kick.
async fn fail(address: SocketAddr) {
    let mut stream = open(address).await.unwrap();
    stream.write_all(&request("panics", b"{}")).await.unwrap();
    let told = hear(&mut stream).await.unwrap();
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("a handler failed"), "{told}");
}
