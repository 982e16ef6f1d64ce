//! The ends of processes.

use std::fmt;

/// The way in which a process has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProcessExit {
    /// The code with which it exited. `None` if a signal ended it.
    pub code: Option<i32>,
    /// The number of the signal that ended it, such as 9 for SIGKILL.
    pub signal: Option<i32>,
}

impl ProcessExit {
    /// Returns whether it exited with code 0.
    pub fn is_success(self) -> bool {
        self.code == Some(0)
    }
}

impl fmt::Display for ProcessExit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(f, "the process exited with code {code}"),
            (None, Some(signal)) => write!(f, "the process was ended by signal {signal}"),
            (None, None) => f.write_str("the process ended"),
        }
    }
}

impl std::error::Error for ProcessExit {}
