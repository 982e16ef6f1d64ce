//! Many runs of a target.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::time::{Duration, Instant};

use crate::{Mutator, Target, found};

/// The longest run of one input. A decoder that needs this for some kilobytes
/// reads them more than once.
const SLOW: Duration = Duration::from_secs(2);

/// An input that a target panics on, or takes too long for.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The input.
    pub input: Vec<u8>,
    /// The text of the panic, or the time that was spent.
    pub message: String,
}

/// Many runs of one target.
#[derive(Debug)]
pub struct Fuzzer {
    target: &'static Target,
    seed: u64,
    runs: u64,
}

impl Fuzzer {
    /// Starts a fuzzer; equal seeds make equal runs.
    pub fn new(target: &'static Target, seed: u64) -> Self {
        Self { target, seed, runs: 0 }
    }

    /// Returns the number of inputs that were tried.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// Runs until `enough` returns `true` for the number of runs.
    ///
    /// # Errors
    /// The first input that fails, shortened.
    pub fn run(&mut self, mut enough: impl FnMut(u64) -> bool) -> Result<(), Failure> {
        let mut corpus = (self.target.seeds)();
        corpus.extend(found::inputs(self.target.name));
        for input in &corpus {
            check(self.target, input)?;
        }
        let mut mutator = Mutator::new(self.seed, &corpus, self.target.tokens);
        let mut input = Vec::new();
        while !enough(self.runs) {
            mutator.write(&mut input);
            self.runs += 1;
            check(self.target, &input).map_err(|failure| shorten(self.target, failure))?;
        }
        Ok(())
    }
}

/// Runs a target once.
///
/// # Errors
/// It panicked, or was slow.
pub fn check(target: &Target, input: &[u8]) -> Result<(), Failure> {
    keep_panics();
    let start = Instant::now();
    RUNS.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    RUNS.set(false);
    let spent = start.elapsed();
    let failure = |message| Failure { input: input.to_vec(), message };
    match outcome {
        Err(_) => Err(failure(PANIC.take())),
        Ok(()) if spent > SLOW => Err(failure(format!("{spent:?} for {} bytes", input.len()))),
        Ok(()) => Ok(()),
    }
}

/// Removes pieces while the remaining input fails too.
fn shorten(target: &Target, mut failure: Failure) -> Failure {
    let mut size = failure.input.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < failure.input.len() {
            let mut input = failure.input.clone();
            input.drain(at..(at + size).min(input.len()));
            match check(target, &input) {
                Err(shorter) => failure = shorter,
                Ok(()) => at += size,
            }
        }
        size /= 2;
    }
    failure
}

thread_local! {
    /// `true` while this thread runs a target.
    static RUNS: Cell<bool> = const { Cell::new(false) };
    /// The text of this thread's last panic.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps the panics of targets in place of printing them: shortening makes
/// hundreds.
fn keep_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if RUNS.get() { PANIC.set(info.to_string()) } else { print(info) }
        }));
    });
}
