//! The transfer of packages over a connection, in either direction.

use std::fmt::{self, Display};
use std::future::poll_fn;
use std::io;

use connector_protocol::CloseReason;

use super::Subject;
use super::host::{Checked, Host, SocketOf};
use super::sample::{Nth, show};
use super::served::Served;
use super::wire::Reading;

/// Checks that the server receives exactly these packages.
pub(super) async fn receive<S: Subject>(
    host: &Host<'_, S>,
    served: &mut Served<SocketOf<S>>,
    packages: &[Vec<u8>],
) -> Checked {
    for (at, want) in packages.iter().enumerate() {
        let which = Nth(at, packages.len());
        let what = fmt::from_fn(|f| write!(f, "{which} to arrive at the server"));
        match host.within(what, served.recv()).await? {
            Ok(got) => compare(which, &got, want)?,
            Err(reason) => {
                return Err(format!("the connection ended before {which} had arrived: {reason}"));
            }
        }
    }
    Ok(())
}

/// Checks that the client reads exactly these packages.
pub(super) async fn read<S: Subject>(
    host: &Host<'_, S>,
    reading: &mut Reading,
    packages: &[Vec<u8>],
) -> Checked {
    for (at, want) in packages.iter().enumerate() {
        let which = Nth(at, packages.len());
        compare(which, &read_one(host, reading, which).await?, want)?;
    }
    Ok(())
}

/// Reads the next package on the client.
pub(super) async fn read_one<S: Subject>(
    host: &Host<'_, S>,
    reading: &mut Reading,
    which: impl Display,
) -> Checked<Vec<u8>> {
    let what = fmt::from_fn(|f| write!(f, "{which} to arrive at the client"));
    let package = async {
        loop {
            if let Some((package, consumed)) = host.subject.unwrap(reading.unread()) {
                reading.consume(consumed);
                return Ok(package);
            }
            match reading.read().await {
                Ok(0) => return Err(format!("the stream ended before {which} was read")),
                Ok(_) => {}
                Err(error) => return Err(format!("the client could not read {which}: {error}")),
            }
        }
    };
    host.within(what, package).await?
}

/// Reads to the end of the stream, which must be closed regularly.
pub(super) async fn read_end<S: Subject>(host: &Host<'_, S>, reading: &mut Reading) -> Checked {
    let end = async {
        while reading.read().await? > 0 {}
        io::Result::Ok(())
    };
    host.within("the client to read the end of the stream", end)
        .await?
        .map_err(|error| format!("the client could not read to the end: {error}"))?;
    match reading.unread() {
        rest if host.subject.is_closing(rest) => Ok(()),
        rest => Err(format!(
            "the stream did not end with a regular close, its last bytes: {}",
            show(rest)
        )),
    }
}

/// Sends the packages that the server has queued.
pub(super) async fn flush<S: Subject>(
    host: &Host<'_, S>,
    served: &mut Served<SocketOf<S>>,
) -> Checked {
    let sent = host.within("the server to send", poll_fn(|cx| served.poll_flush(cx)));
    sent.await?.map_err(unsendable)
}

/// Returns the bytes with which a client writes these packages.
pub(super) fn wrap_all<S: Subject>(subject: &S, packages: &[Vec<u8>]) -> Vec<u8> {
    packages.iter().flat_map(|package| subject.wrap(package)).collect()
}

/// Describes packages that could not be sent.
pub(super) fn unsendable(reason: CloseReason) -> String {
    format!("the server could not send: {reason}")
}

/// Checks that a package arrived unchanged.
pub(super) fn compare(which: impl Display, got: &[u8], want: &[u8]) -> Checked {
    if got == want {
        return Ok(());
    }
    let same = got.iter().zip(want).take_while(|(got, want)| got == want).count();
    let got = show(got);
    let want = show(want);
    Err(format!("{which} arrived as {got} instead of {want}, different from byte {same} on"))
}
