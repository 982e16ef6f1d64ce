//! The envelope of messages that are each compressed alone.
//!
//! An envelope has no state, and one of a type writes what another one reads. So there is a
//! type for each window, which peers limit; the level and the least size may differ within a
//! type, since any peer reads what they lead to.

use std::any::Any;
use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use connector_protocol::framing::{Envelope, TooLong};
use connector_protocol::ws::deflate::{Deflater, WindowBits};
use connector_protocol::ws::seal;

use super::{Deflate, Kind};
use crate::transport::websocket::frame::opcode;
use crate::transport::websocket::random;

/// The envelopes that connections use. There are as many as the program has options, for
/// each window that peers ask for.
static FRAMES: Mutex<Vec<&'static dyn Envelope>> = Mutex::new(Vec::new());

thread_local! {
    /// The deflaters of a thread's connections: one for each level and window.
    static DEFLATERS: Cell<Vec<Deflater>> = const { Cell::new(Vec::new()) };
}

/// Returns the envelope of messages that are compressed so, or `None` if there is no such
/// window.
pub(super) fn alone(
    own: &Deflate,
    window: WindowBits,
    kind: Kind,
) -> Option<&'static dyn Envelope> {
    match (kind.client, kind.text) {
        (false, false) => of_kind::<false, false>(own, window),
        (false, true) => of_kind::<false, true>(own, window),
        (true, false) => of_kind::<true, false>(own, window),
        (true, true) => of_kind::<true, true>(own, window),
    }
}

fn of_kind<const CLIENT: bool, const TEXT: bool>(
    own: &Deflate,
    window: WindowBits,
) -> Option<&'static dyn Envelope> {
    Some(match window.get() {
        9 => kept(DeflatedFrame::<CLIENT, TEXT, 9>::new(own)),
        10 => kept(DeflatedFrame::<CLIENT, TEXT, 10>::new(own)),
        11 => kept(DeflatedFrame::<CLIENT, TEXT, 11>::new(own)),
        12 => kept(DeflatedFrame::<CLIENT, TEXT, 12>::new(own)),
        13 => kept(DeflatedFrame::<CLIENT, TEXT, 13>::new(own)),
        14 => kept(DeflatedFrame::<CLIENT, TEXT, 14>::new(own)),
        15 => kept(DeflatedFrame::<CLIENT, TEXT, 15>::new(own)),
        _ => return None,
    })
}

/// Keeps an envelope until the program ends, each once.
fn kept<E: Envelope + PartialEq>(frame: E) -> &'static dyn Envelope {
    let mut frames = FRAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let is_known = |known: &&&dyn Envelope| {
        (**known as &dyn Any).downcast_ref::<E>().is_some_and(|known| *known == frame)
    };
    if let Some(known) = frames.iter().find(is_known) {
        return *known;
    }
    let frame: &'static dyn Envelope = Box::leak(Box::new(frame));
    frames.push(frame);
    frame
}

/// A frame around a message that is compressed if it is long enough and gets shorter so.
#[derive(PartialEq)]
struct DeflatedFrame<const CLIENT: bool, const TEXT: bool, const BITS: u8> {
    level: u8,
    min_size: usize,
}

impl<const CLIENT: bool, const TEXT: bool, const BITS: u8> DeflatedFrame<CLIENT, TEXT, BITS> {
    fn new(own: &Deflate) -> Self {
        Self { level: own.level, min_size: own.min_size }
    }
}

impl<const CLIENT: bool, const TEXT: bool, const BITS: u8> Envelope
    for DeflatedFrame<CLIENT, TEXT, BITS>
{
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        seal::begin(out)
    }

    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let payload = seal::payload(mark);
        let is_long = out.len() - payload >= self.min_size;
        let is_compressed = is_long && compress(self.level, BITS, payload, out);
        if CLIENT {
            seal::finish_client(mark, opcode(TEXT), random::bytes(), out);
        } else {
            seal::finish_server(mark, opcode(TEXT), out);
        }
        if is_compressed {
            seal::mark_compressed(mark, out);
        }
        Ok(())
    }
}

/// Compresses the message that is the end of `out`, if it gets shorter so.
fn compress(level: u8, bits: u8, start: usize, out: &mut Vec<u8>) -> bool {
    let mut deflaters = DEFLATERS.take();
    let is_it = |deflater: &Deflater| (deflater.level(), deflater.window().get()) == (level, bits);
    let place = match deflaters.iter().position(is_it) {
        Some(place) => place,
        None => {
            let window = WindowBits::new(bits);
            let Some(deflater) = window.and_then(|window| Deflater::new(level, window)) else {
                DEFLATERS.set(deflaters);
                return false;
            };
            deflaters.push(deflater);
            deflaters.len() - 1
        }
    };
    let is_shorter = deflaters[place].deflate_message(start, out);
    DEFLATERS.set(deflaters);
    is_shorter
}
