//! Packages that are echoed.

use std::io;

use bench::greet::{self, Body};
use connector_protocol::message::RouteRef;
use connector_protocol::pomelo::package::{self, PackageType};

use crate::blocking::BlockingConnection;
use crate::dialect::{Dialect, unexpected};

pub(crate) struct Packages(Vec<u8>);

impl Packages {
    /// Returns packages with bodies of `size` bytes, or greetings without a size.
    pub(crate) fn new(size: Option<usize>) -> Self {
        let Some(size) = size else {
            return Self(greet::request(RouteRef::Name(greet::ROUTE), Body::Json));
        };
        let mut out = Vec::new();
        package::encode(PackageType::Data, &vec![b'.'; size], &mut out)
            .expect("a benchmark's packages are short");
        Self(out)
    }
}

impl Dialect for Packages {
    fn open(&mut self, connection: &mut BlockingConnection) -> io::Result<()> {
        connection.send(&self.0)?;
        if connection.receive_package(PackageType::Data)? == self.0 {
            Ok(())
        } else {
            Err(unexpected("another package came back"))
        }
    }

    fn request(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn count(&self, bytes: &[u8]) -> io::Result<(usize, usize)> {
        Ok(bench::packages::count(bytes))
    }
}
