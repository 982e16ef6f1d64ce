//! The programs that `cargo xtask test` needs besides the compiler.

use std::thread::{self, ScopedJoinHandle};

use crate::cross::Compiler;
use crate::deny::Deny;
use crate::{conformance, peers, wasm, web, windows};

/// That a program is there, or why not.
type Installed = Result<(), String>;

/// What is there of each.
pub(crate) struct Programs {
    peers: Installed,
    /// The libc of Google's conformance suite, which comes with the peers.
    libc: Installed,
    python: Installed,
    go: Installed,
    browser: Installed,
    proxies: Installed,
    broker: Installed,
    /// All that the tests in browsers need.
    pub(crate) web: Installed,
    pub(crate) wasm: Result<Compiler, String>,
    pub(crate) windows: Result<Compiler, String>,
    pub(crate) deny: Result<Deny, String>,
}

impl Programs {
    /// Installs what is not there. Downloads wait for the network and compilers for the
    /// processor, so several go on at once: what npm installs, what apt does, and the rest.
    pub(crate) fn install() -> Self {
        thread::scope(|scope| {
            let npm = scope.spawn(|| {
                let peers = peers::install();
                let libc = peers.as_ref().map_or(Ok(()), |()| conformance::install_libc());
                (peers, libc, web::install())
            });
            let apt = scope.spawn(|| {
                let browser = peers::install_browser();
                let proxies = peers::install_proxies();
                let broker = peers::install_broker();
                let wasm = wasm::TARGET.install();
                (browser, proxies, broker, wasm, windows::TARGET.install())
            });
            let rest =
                scope.spawn(|| (peers::install_python(), peers::build_go(), Deny::install()));
            let (peers, libc, web) = joined(npm);
            let (browser, proxies, broker, wasm, windows) = joined(apt);
            let (python, go, deny) = joined(rest);
            let web = web.and_then(|()| peers.clone()).and_then(|()| browser.clone());
            Self { peers, libc, python, go, browser, proxies, broker, web, wasm, windows, deny }
        })
    }

    /// Why a program is missing, what does not run without it, and the variable that tells the
    /// tests, where they cannot see it themselves.
    pub(crate) fn missing_for_tests(
        &self,
    ) -> impl Iterator<Item = (&str, &'static str, Option<&'static str>)> {
        let needs = [
            (&self.peers, "the tests against released npm programs", Some("CONNECTOR_SKIP_PEERS")),
            (&self.libc, "Google's conformance suite", Some("CONNECTOR_SKIP_CONFORMANCE")),
            (
                &self.python,
                "the tests against released Python programs",
                Some("CONNECTOR_SKIP_PYTHON"),
            ),
            (&self.go, "the tests against released Go programs", Some("CONNECTOR_SKIP_GO")),
            (&self.proxies, "the tests of TLS and proxies that need it", None),
            (&self.broker, "the tests against mosquitto", Some("CONNECTOR_SKIP_BROKER")),
            (&self.browser, "the tests that drive pages", Some("CONNECTOR_SKIP_BROWSER")),
        ];
        needs.into_iter().filter_map(|(program, what, variable)| {
            Some((program.as_ref().err()?.as_str(), what, variable))
        })
    }
}

/// What a thread has installed.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
