//! Lines to everybody.

use std::io;

use bench::line;
use connector_protocol::pomelo::handshake;
use connector_protocol::pomelo::package::PackageType;

use crate::greet;
use crate::speech::{Speech, Wire};

/// So many from a server of ours, at once.
pub(crate) struct Lines(pub(crate) usize);

impl Speech for Lines {
    fn open(&mut self, wire: &mut Wire) -> io::Result<()> {
        greet::shake_hands(wire, &handshake::Request::new("bench", "1"))?;
        // Whoever is answered is one of those that lines are sent to.
        wire.say(&line::join())?;
        wire.hear_package(PackageType::Data).map(drop)
    }

    fn request(&self) -> Vec<u8> {
        line::request(self.0)
    }

    fn count(&self, bytes: &[u8]) -> io::Result<(usize, usize)> {
        greet::count(bytes)
    }
}

/// Those of the bare loop, which knows by itself how many.
pub(crate) struct BareLines;

impl Speech for BareLines {
    fn open(&mut self, _: &mut Wire) -> io::Result<()> {
        Ok(())
    }

    fn request(&self) -> Vec<u8> {
        line::request(1)
    }

    fn count(&self, bytes: &[u8]) -> io::Result<(usize, usize)> {
        Ok(bench::packages::count(bytes))
    }
}
