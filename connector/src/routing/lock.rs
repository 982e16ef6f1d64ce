//! `routes.lock`: the codes of routes, stable across releases.
//!
//! One line for each code that a route has ever had, `code route`, in the order of codes.
//! Empty lines and lines that begin with `#` are skipped.

use std::collections::BTreeMap;
use std::fmt;

use super::codes::unique;

const HEAD: &str = "\
# The codes of routes, also of those that are gone: no code is given to another route.
# Check this file in. `ServerBuilder::locked_routes` returns its next text.
";

/// The routes that have a code, or had one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RoutesLock {
    routes: BTreeMap<u16, String>,
}

/// The error of routes that `routes.lock` does not allow, or of a file that cannot be read.
/// See [`ServerBuilder::routes_lock`](crate::server::ServerBuilder::routes_lock).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// A line of the file is not a code and a route.
    #[error(
        "line {line} of routes.lock is {text:?}: write a code from 1 to 65535, a space and a route{}",
        conflict(text)
    )]
    Syntax {
        /// The number of the line, from 1.
        line: usize,
        /// The beginning of the line.
        text: String,
    },
    /// Two lines of the file have the same code, as after a merge.
    #[error(
        "line {line} of routes.lock gives code {code} to `{second}`, which a line before gives to `{first}`: remove the line of the one that is not released, and write the file anew with `ServerBuilder::locked_routes`"
    )]
    DuplicateCode {
        /// The number of the second line, from 1.
        line: usize,
        /// The code.
        code: u16,
        /// The route of the first line.
        first: String,
        /// The route of the second line.
        second: String,
    },
    /// Two lines of the file have the same route.
    #[error(
        "line {line} of routes.lock gives `{route}` the code {second}, and a line before gives it {first}: remove the line whose code is not released"
    )]
    DuplicateRoute {
        /// The number of the second line, from 1.
        line: usize,
        /// The route.
        route: String,
        /// The code of the first line.
        first: u16,
        /// The code of the second line.
        second: u16,
    },
    /// A route has another code than in the file.
    #[error(
        "route `{route}` has the code {code}, and {locked} in routes.lock: give it {locked} again, since released clients may have kept it; if none has, change its line by hand"
    )]
    Changed {
        /// The route.
        route: &'static str,
        /// The code in the file.
        locked: u16,
        /// The code that it has now.
        code: u16,
    },
    /// The code of another route, which may be gone, is used again.
    #[error(
        "route `{route}` has the code {code}, which is that of `{locked}` in routes.lock, and no code is used twice: give it {free}, which is free"
    )]
    Reused {
        /// The route.
        route: &'static str,
        /// The code.
        code: u16,
        /// The route of that code in the file.
        locked: String,
        /// The first code that no route has had.
        free: u16,
    },
    /// A route is not in the file.
    #[error(
        "route `{route}` is not in routes.lock: write the file anew with the text of `ServerBuilder::locked_routes`, and check it in"
    )]
    Missing {
        /// The route.
        route: &'static str,
    },
    /// A route does not fit into a line of the file.
    #[error(
        "route {route:?} cannot be written into routes.lock: write it without line breaks, and without spaces around it"
    )]
    Unwritable {
        /// The route.
        route: &'static str,
    },
    /// All 65,535 codes are used.
    #[error(
        "there is no code left for route `{route}`: routes.lock holds all 65535; remove lines of routes that no released client knows"
    )]
    Full {
        /// The route.
        route: &'static str,
    },
}

/// Returns a hint for a line that git has left.
fn conflict(text: &str) -> &'static str {
    let marks = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"];
    if marks.iter().any(|mark| text.starts_with(mark)) {
        "; it is left from a merge: keep the released lines of both sides, and write the file anew"
    } else {
        ""
    }
}

impl RoutesLock {
    /// Reads the file.
    pub(crate) fn parse(text: &str) -> Result<Self, LockError> {
        let mut lock = Self::default();
        let mut codes = BTreeMap::new();
        for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let entry = text.split_once(char::is_whitespace);
            let Some((code, route)) = entry.and_then(|(code, route)| {
                Some((code.parse().ok().filter(|&code: &u16| code > 0)?, route.trim_start()))
            }) else {
                return Err(LockError::Syntax { line, text: text.chars().take(80).collect() });
            };
            let route = route.to_owned();
            if let Some(&first) = codes.get(&route) {
                return Err(LockError::DuplicateRoute { line, route, first, second: code });
            }
            if let Some(first) = lock.routes.insert(code, route.clone()) {
                return Err(LockError::DuplicateCode { line, code, first, second: route });
            }
            codes.insert(route, code);
        }
        Ok(lock)
    }

    /// Checks that it has each route with the same code.
    pub(super) fn check(&self, codes: &BTreeMap<u16, &'static str>) -> Result<(), LockError> {
        let mut lock = self.clone();
        lock.add(codes)?;
        match codes.iter().find(|(code, _)| !self.routes.contains_key(code)) {
            Some((_, route)) => Err(LockError::Missing { route }),
            None => Ok(()),
        }
    }

    /// Returns the codes of these routes.
    pub(super) fn codes_of(
        &self,
        routes: &[&'static str],
    ) -> Result<BTreeMap<u16, &'static str>, LockError> {
        let codes = self.codes();
        let code = |route| codes.get(route).map(|&code| (code, route));
        unique(routes).map(|route| code(route).ok_or(LockError::Missing { route })).collect()
    }

    /// Adds routes with codes of their own.
    pub(super) fn add(&mut self, added: &BTreeMap<u16, &'static str>) -> Result<(), LockError> {
        let codes: BTreeMap<String, u16> =
            self.codes().into_iter().map(|(route, code)| (route.to_owned(), code)).collect();
        for (&code, &route) in added {
            check_text(route)?;
            if let Some(&locked) = codes.get(route).filter(|&&locked| locked != code) {
                return Err(LockError::Changed { route, locked, code });
            }
            match self.routes.get(&code) {
                Some(locked) if locked != route => {
                    let locked = locked.clone();
                    let is_free =
                        |code: &u16| !self.routes.contains_key(code) && !added.contains_key(code);
                    let free = (1..=u16::MAX).find(is_free);
                    let free = free.ok_or(LockError::Full { route })?;
                    return Err(LockError::Reused { route, code, locked, free });
                }
                Some(_) => {}
                None => drop(self.routes.insert(code, route.to_owned())),
            }
        }
        Ok(())
    }

    /// Adds routes with the codes behind the largest.
    pub(super) fn number(&mut self, routes: &[&'static str]) -> Result<(), LockError> {
        let codes = self.codes();
        let added: Vec<_> = unique(routes).filter(|route| !codes.contains_key(route)).collect();
        let mut last = self.routes.last_key_value().map_or(0, |(&code, _)| code);
        for route in added {
            check_text(route)?;
            last = last.checked_add(1).ok_or(LockError::Full { route })?;
            self.routes.insert(last, route.to_owned());
        }
        Ok(())
    }

    fn codes(&self) -> BTreeMap<&str, u16> {
        self.routes.iter().map(|(&code, route)| (&**route, code)).collect()
    }
}

fn check_text(route: &'static str) -> Result<(), LockError> {
    let fits = !route.is_empty() && route.trim() == route && !route.contains('\n');
    if fits { Ok(()) } else { Err(LockError::Unwritable { route }) }
}

/// Writes the file.
impl fmt::Display for RoutesLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        self.routes.iter().try_for_each(|(code, route)| writeln!(f, "{code} {route}"))
    }
}

#[cfg(test)]
mod tests;
