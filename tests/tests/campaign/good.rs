//! Sessions that ask and read their answers.

use std::time::{Duration, Instant};

use connector::Json;
use connector::client::{Client, Reconnect};
use connector_tests::long::is_long;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval_at};

use crate::scene::Scene;

/// How long answers took, in order.
pub(crate) struct Taken(Vec<Duration>);

impl Taken {
    pub(crate) fn median(&self) -> Duration {
        self.0[self.0.len() / 2]
    }

    /// All but one in a hundred answers took no longer.
    pub(crate) fn most(&self) -> Duration {
        self.0[(self.0.len() - 1) * 99 / 100]
    }
}

/// Open sessions that behave.
pub(crate) struct Good(Vec<Client>);

impl Good {
    pub(crate) fn open(scene: &Scene, count: usize) -> Self {
        Self::open_in(&scene.good, scene, count)
    }

    /// The same, served by the threads of the bad peers: what they receive takes no time of the
    /// other good ones.
    pub(crate) fn open_apart(scene: &Scene, count: usize) -> Self {
        Self::open_in(&scene.bad, scene, count)
    }

    fn open_in(threads: &Runtime, scene: &Scene, count: usize) -> Self {
        let (tcp, ws) = (format!("tcp://{}", scene.address), format!("ws://{}", scene.address));
        Self(threads.block_on(async {
            let mut clients = Vec::new();
            for at in 0..count {
                let url = if at.is_multiple_of(2) { &tcp } else { &ws };
                clients.push(
                    Client::builder().reconnect(Reconnect::never()).connect(url).await.unwrap(),
                );
            }
            clients
        }))
    }

    /// Each asks a few times, spread evenly. All answers must come.
    pub(crate) fn measure(&self, scene: &Scene) -> Taken {
        let (period, times) = if is_long() {
            (Duration::from_millis(500), 4)
        } else {
            (Duration::from_millis(50), 3)
        };
        self.ask(scene, period, times)
    }

    /// Each asks so many times, spread evenly over a period.
    pub(crate) fn ask(&self, scene: &Scene, period: Duration, times: usize) -> Taken {
        let asking = async {
            let start = tokio::time::Instant::now();
            let mut asking = JoinSet::new();
            for (at, client) in self.0.iter().cloned().enumerate() {
                let offset = period * at as u32 / self.0.len() as u32;
                asking.spawn(async move {
                    let mut ticks = interval_at(start + offset, period);
                    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                    let mut taken = Vec::new();
                    for n in 0..times {
                        ticks.tick().await;
                        let asked = Instant::now();
                        let n = (at * times + n) as u64;
                        let route = "campaign.stageHandler.echo";
                        let Json(answer): Json<u64> =
                            client.request(route, Json(&n)).await.unwrap();
                        assert_eq!(answer, n);
                        taken.push(asked.elapsed());
                    }
                    taken
                });
            }
            asking.join_all().await.concat()
        };
        let mut taken = scene.good.block_on(asking);
        taken.sort();
        Taken(taken)
    }

    pub(crate) fn clients(&self) -> &[Client] {
        &self.0
    }

    pub(crate) fn close(self, scene: &Scene) {
        scene.good.block_on(async {
            for client in self.0 {
                client.close().await;
            }
        });
    }
}
