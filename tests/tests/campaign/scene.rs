//! A server, and those around it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connector::ServerHandle;
use connector::prelude::*;
use connector::server::ServerBuilder;
use connector_tests::long::is_long;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::alone;
use crate::good::Good;
use crate::holdings::Holdings;
use crate::ratios::Ratios;
use crate::stage::{Calls, Stage};

/// Bytes that may be kept beyond what was there before: tables' capacities,
/// and what threads keep for the next connection.
const SLACK: usize = 256 * 1024;

/// The limits of a scene.
pub(crate) fn limits() -> Limits {
    Limits {
        handshake: Duration::from_millis(500),
        queued: 128 * 1024,
        stall: Duration::from_secs(5),
        ..Limits::default()
    }
}

/// A server, good clients and bad peers, each with threads of their own.
pub(crate) struct Scene {
    pub(crate) server: ServerHandle,
    pub(crate) address: SocketAddr,
    pub(crate) calls: Arc<Calls>,
    pub(crate) serving: Runtime,
    pub(crate) good: Runtime,
    pub(crate) bad: Runtime,
}

impl Scene {
    pub(crate) fn set() -> Self {
        Self::set_as(|server| server)
    }

    /// The same with other settings of the server.
    pub(crate) fn set_as(settings: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        let runtime = |threads, name| {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(threads).thread_name(name).enable_all().build().unwrap()
        };
        let serving = runtime(2, "serving");
        let calls = Arc::<Calls>::default();
        let (server, address) = serve(&serving, &calls, settings);
        Self { address, server, calls, serving, good: runtime(1, "good"), bad: runtime(1, "bad") }
    }

    /// Starts another server in place of one that has stopped.
    pub(crate) fn start_as(&mut self, settings: impl FnOnce(ServerBuilder) -> ServerBuilder) {
        (self.server, self.address) = serve(&self.serving, &self.calls, settings);
    }

    pub(crate) fn holdings(&self) -> Holdings {
        Holdings::of(&self.server, self.serving.handle())
    }

    /// Starts so many bad peers; they end when this is dropped.
    pub(crate) fn attack<F>(&self, peers: usize, attack: fn(SocketAddr, usize) -> F) -> JoinSet<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut attackers = JoinSet::new();
        for peer in 0..peers {
            attackers.spawn_on(attack(self.address, peer), self.bad.handle());
        }
        attackers
    }

    /// Ends all bad peers, and waits until the server has seen that.
    pub(crate) fn end(&self, mut attackers: JoinSet<()>, good: usize) {
        self.bad.block_on(attackers.shutdown());
        self.until("the bad peers are gone", || self.server.statistics().connections == good);
    }

    /// Waits until everything is back.
    pub(crate) fn assert_back(&self, before: &Holdings) {
        self.until(&format!("it is back to {before}"), || self.holdings().is_back(before, SLACK));
    }

    pub(crate) fn until(&self, what: &str, so: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !so() {
            assert!(Instant::now() < deadline, "not {what}: {}", self.holdings());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops; nothing may run any more.
    pub(crate) fn stop(self) {
        self.stop_server();
    }

    /// The same, for others that are started after it.
    pub(crate) fn stop_server(&self) {
        self.serving.block_on(self.server.stop());
        self.until("all tasks have ended", || self.serving.metrics().num_alive_tasks() == 0);
    }
}

/// Starts a server with these settings.
fn serve(
    runtime: &Runtime,
    calls: &Arc<Calls>,
    settings: impl FnOnce(ServerBuilder) -> ServerBuilder,
) -> (ServerHandle, SocketAddr) {
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .handler(Stage(calls.clone()))
        .heartbeat(Duration::ZERO)
        .limits(limits());
    let server = runtime.block_on(settings(server).start()).unwrap();
    (server.handle(), server.addresses()[0].to_string().parse().unwrap())
}

/// Good sessions beside bad peers, in rounds with and without these.
pub(crate) fn campaign<F>(peers: usize, attack: fn(SocketAddr, usize) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let _alone = alone();
    campaign_in(Scene::set(), peers, attack);
}

/// The same in a scene with other settings.
pub(crate) fn campaign_in<F>(scene: Scene, peers: usize, attack: fn(SocketAddr, usize) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (count, rounds) = if is_long() { (1_000, 7) } else { (100, 3) };
    let fresh = scene.holdings();
    // The first time fills what is kept for later ones.
    let good = Good::open(&scene, count);
    let attackers = scene.attack(peers, attack);
    good.measure(&scene);
    scene.end(attackers, count);
    good.close(&scene);
    scene.until("all are gone", || scene.server.statistics().connections == 0);
    let before = Holdings { bytes: scene.holdings().bytes, ..fresh };

    let good = Good::open(&scene, count);
    let mut ratios = Ratios::default();
    for _ in 0..rounds {
        let quiet = good.measure(&scene).median();
        let attackers = scene.attack(peers, attack);
        let beside = good.measure(&scene).median();
        scene.end(attackers, count);
        ratios.add(quiet, beside);
    }
    good.close(&scene);
    scene.assert_back(&before);
    println!("before: {before}\nafter:  {}", scene.holdings());
    scene.stop();
    ratios.assert_small();
}
