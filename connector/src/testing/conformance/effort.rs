//! The number of packages and connections that the kit tries.

use std::time::Instant;

use super::Subject;

/// The part of the subject's timeout after which an everyday check tries no more.
const PART: u32 = 10;

/// The number of packages and connections that the kit tries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// As many as a link manages in a tenth of the subject's timeout, and at least 2,500 small
    /// packages and 200 connections.
    #[default]
    Everyday,
    /// 100,000 small packages and 1,000 connections, however long that takes.
    Thorough,
}

impl Effort {
    /// Returns the factor of the subject's timeout in which all steps of a behaviour have to
    /// end. Each step has the timeout itself.
    pub(super) fn steps(self) -> u32 {
        match self {
            Self::Everyday => 8,
            Self::Thorough => 120,
        }
    }
}

/// Returns `true` if a check that has begun then is to try more.
pub(super) fn goes_on<S: Subject>(subject: &S, begun: Instant) -> bool {
    match subject.effort() {
        Effort::Everyday => begun.elapsed() <= subject.timeout() / PART,
        Effort::Thorough => true,
    }
}
