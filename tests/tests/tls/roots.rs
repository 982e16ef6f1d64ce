//! The issuers that a client trusts without a configuration.

use std::process::Stdio;

use connector_tests::certificates::Authority;
use tokio::process::Command;

use super::*;

/// The variable by which the test below finds the server.
const URL: &str = "TRUSTED_URL";

/// Mozilla's list does not have the authority of a test, nor does a system.
#[tokio::test]
async fn an_issuer_that_nobody_knows_is_not_trusted() {
    let authority = Authority::new();
    let (_server, port) = start(tls(&authority.local())).await;
    let refused = Client::connect(&format!("wss://localhost:{port}")).await;
    let Err(ConnectError::Closed(CloseReason::Tls(error))) = refused else { panic!("{refused:?}") };
    assert_eq!(*error, TlsError::UnknownIssuer);
}

/// The system's are those of the files that a process's environment names.
#[tokio::test]
async fn an_issuer_of_the_system_is_trusted() {
    let authority = Authority::new();
    let (_server, port) = start(tls(&authority.local())).await;
    for scheme in ["wss", "tls"] {
        let mut client = Command::new(std::env::current_exe().unwrap());
        client.args(["--exact", "roots::a_client_in_a_process_of_its_own", "--include-ignored"]);
        client.env("SSL_CERT_FILE", authority.roots());
        client.env(URL, format!("{scheme}://localhost:{port}"));
        let output = client.stdin(Stdio::null()).kill_on_drop(true).output();
        let output = tokio::time::timeout(TIMEOUT, output).await.unwrap().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{scheme}: {said}");
    }
}

#[tokio::test]
#[ignore = "another test runs it, with an environment of its own"]
async fn a_client_in_a_process_of_its_own() {
    // Whoever runs all that is ignored has no server for it.
    let Ok(url) = std::env::var(URL) else { return };
    echoes(&Client::connect(&url).await.unwrap()).await;
}
