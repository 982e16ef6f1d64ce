//! A process that may open no more files.

use std::time::Duration;

use rlimit::Resource;

use crate::alone;
use crate::good::Good;
use crate::holdings::descriptors;
use crate::scene::Scene;

/// The number of files that the process may open. Gives it back, also when a test fails.
pub(crate) struct Files(u64, u64);

impl Files {
    fn limit(soft: u64) -> Self {
        let (before, hard) = Resource::NOFILE.get().unwrap();
        Resource::NOFILE.set(soft, hard).unwrap();
        Self(before, hard)
    }

    /// Raises the limit if it is lower.
    pub(crate) fn at_least(soft: u64) -> Self {
        let (before, _) = Resource::NOFILE.get().unwrap();
        Self::limit(soft.max(before))
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = Resource::NOFILE.set(self.0, self.1);
    }
}

#[test]
fn too_many_open_files() {
    let _alone = alone();
    let Some(_) = descriptors() else { return println!("not run: no /proc") };
    let scene = Scene::set();
    let before = scene.holdings();
    let good = Good::open(&scene, 50);
    good.measure(&scene);

    let open = scene.holdings().descriptors.unwrap_or_default() as u64;
    let files = Files::limit(open + 20);
    // Client's ends take all that there are, so that none is left for the
    // server's.
    let mut taken = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect(scene.address) {
        taken.push(stream);
    }
    assert!(!taken.is_empty());
    good.measure(&scene);
    std::thread::sleep(Duration::from_millis(50));
    good.measure(&scene);

    // With those gone it accepts again, in the same process and at its limit.
    drop(taken);
    scene.until("the others are gone", || scene.server.statistics().connections == 50);
    Good::open(&scene, 5).close(&scene);
    drop(files);
    good.measure(&scene);
    good.close(&scene);
    // Its tables and threads are new, so memory is none of this test's.
    scene.until("all is back", || scene.holdings().is_back(&before, usize::MAX >> 1));
    scene.stop();
}
