//! Requests for sessions: paths, origins, hosts.

use wtransport::error::ConnectingError;

use super::*;

/// Whether a session is opened at this path by a page of this origin.
async fn opens(served: &Served, path: &str, origin: Option<&str>) -> bool {
    let client = served.bare();
    let session = client.connect(served.address(), path, origin);
    match comes("the request is answered", session).await {
        Ok(_) => true,
        Err(ConnectingError::SessionRejected) => false,
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_path_may_be_the_only_one() {
    let served = Served::with(|port| port.path("/game"), |server| server).await;
    assert!(opens(&served, "/game", None).await);
    assert!(opens(&served, "/game?room=1", None).await);
    for other in ["/", "/game/", "/Game", "/other?/game"] {
        assert!(!opens(&served, other, None).await, "{other}");
    }
    let url = format!("webtransport://{}/other", served.address());
    let refused = connect_to(&url, served.dialer()).await.map(drop).unwrap_err();
    assert!(refused.to_string().contains("refuses the session"), "{refused}");
    until("they are gone", || served.connections() == 0).await;
}

#[tokio::test]
async fn origins_may_be_listed() {
    let web = WebOptions::new().origins(["https://game.example"]);
    let served = Served::with(|port| port.web(web), |server| server).await;
    assert!(opens(&served, "/", Some("https://game.example")).await);
    assert!(!opens(&served, "/", Some("https://other.example")).await);
    assert!(!opens(&served, "/", Some("null")).await);
    assert!(opens(&served, "/", None).await, "programs send none");
}

#[tokio::test]
async fn hosts_may_be_listed() {
    let of_name =
        Served::with(|port| port.web(WebOptions::new().hosts(["game.example"])), |server| server);
    assert!(!opens(&of_name.await, "/", None).await);
    let here =
        Served::with(|port| port.web(WebOptions::new().hosts(["127.0.0.1"])), |server| server);
    assert!(opens(&here.await, "/", None).await);
}

#[tokio::test]
async fn refusals_have_the_statuses_of_http() {
    let web = WebOptions::new().origins(["https://game.example"]);
    let served = Served::with(|port| port.path("/game").web(web), |server| server).await;
    for (path, origin, status) in [
        ("/other", None, "404"),
        ("/game", Some("https://other.example"), "403"),
        ("/game", Some("https://game.example"), "200"),
    ] {
        let answer = super::hostile::ask(&served, path, origin).await;
        assert_eq!(answer, status, "{path} {origin:?}");
    }
}
