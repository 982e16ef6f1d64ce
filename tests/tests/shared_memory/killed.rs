//! Processes that are killed: the other end sees it at once, and nothing is left of them.

use connector_tests::long::is_long;

use super::role::{Process, Role};
use super::*;

const NONE: [PathBuf; 0] = [];

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Server,
    Client,
    Both,
}

/// Waits until a client has memory of both directions.
async fn warm(client: &mut Process) {
    client.says("ECHOED 5").await;
}

#[tokio::test]
async fn of_processes_that_are_killed_nothing_is_left() {
    let seed = 0x5eed;
    let mut random = fastrand::Rng::with_seed(seed);
    let directory = Directory::new();
    let mut places = Vec::new();
    for round in 0..if is_long() { 200 } else { 10 } {
        let mut server = Process::start(Role::Serve, &directory.socket());
        server.says("READY").await;
        // What those before have left is gone by now.
        assert_eq!(directory.places().len(), 1, "in round {round}");
        assert_eq!(segments(&places), NONE, "in round {round}");
        places.extend(directory.places());
        let mut client = Process::start(Role::Dial, &directory.socket());
        if round % 5 != 4 {
            warm(&mut client).await;
            client.says(&format!("ECHOED {}", 6 + random.u8(0..8))).await;
        } else {
            // In the middle of whatever comes first.
            client.says("ECHOED 0").await;
        }
        let victim = [Victim::Server, Victim::Client, Victim::Both][random.usize(0..3)];
        let of = format!("{victim:?} in round {round}");
        if victim != Victim::Client {
            server.kill().await;
        }
        if victim != Victim::Server {
            client.kill().await;
        }
        let survivor = match victim {
            Victim::Server => Some(client),
            Victim::Client => Some(server),
            Victim::Both => None,
        };
        if let Some(mut survivor) = survivor {
            let reason = comes(&of, survivor.says("END ")).await;
            assert!(reason.starts_with("Lost"), "{of}: {reason}");
            if victim == Victim::Client {
                // The server goes on, and has removed what the client had.
                until(&of, || segments(&places).iter().all(|path| !is_data(path))).await;
                let mut next = Process::start(Role::Dial, &directory.socket());
                warm(&mut next).await;
                next.end().await;
            }
            survivor.end().await;
            until(&of, || segments(&places).is_empty()).await;
            assert_eq!(directory.places(), NONE, "{of}");
        }
    }
    let mut server = Process::start(Role::Serve, &directory.socket());
    server.says("READY").await;
    let mut client = Process::start(Role::Dial, &directory.socket());
    warm(&mut client).await;
    places.extend(directory.places());
    client.end().await;
    server.end().await;
    assert_eq!(directory.places(), NONE);
    assert_eq!(segments(&places), NONE);
    assert!(!directory.socket().exists());
}

fn is_data(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "data")
}

#[tokio::test]
async fn other_clients_of_a_server_go_on_when_one_is_killed() {
    let served = Served::start().await;
    let bystander = served.client().await;
    echoes(&bystander, 100_000).await;
    for _ in 0..3 {
        let mut client = Process::start(Role::Dial, &served.directory.socket());
        warm(&mut client).await;
        client.kill().await;
        let reason = served.reason().await;
        assert!(matches!(reason, CloseReason::Lost { .. }), "{reason}");
        echoes(&bystander, 100_000).await;
        // Of the bystander there are two, one for each direction.
        let data = || segments(&served.directory.places()).into_iter().filter(|path| is_data(path));
        until("its memory is gone", || data().count() == 2).await;
    }
    echoes(&bystander, 100_000).await;
}
