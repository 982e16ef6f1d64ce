//! The codes of routes: declared, or numbered.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::function::leak;
use super::{LockError, RouterError, RoutesLock};

/// The codes that a server's routes are given while it is built.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    /// Those of attributes, schemas and calls.
    declared: BTreeMap<u16, &'static str>,
    /// The user dictionary, if all routes are numbered.
    numbered: Option<Vec<&'static str>>,
    lock: Option<Result<RoutesLock, LockError>>,
}

impl Codes {
    /// Gives a route a code.
    pub(crate) fn declare(
        &mut self,
        route: impl Into<Cow<'static, str>>,
        code: u16,
    ) -> Result<(), RouterError> {
        let route = leak(route.into());
        if code == 0 {
            return Err(RouterError::ZeroCode(route));
        }
        if let Some(&first) = self.declared.get(&code).filter(|&&of| of != route) {
            return Err(RouterError::DuplicateCode { code, first, second: route });
        }
        let other = self.declared.iter().find(|&(&other, &of)| of == route && other != code);
        if let Some((&first, _)) = other {
            return Err(RouterError::TwoCodes { route, first, second: code });
        }
        self.declared.insert(code, route);
        Ok(())
    }

    /// Numbers all routes, those of handlers before `dictionary`.
    pub(crate) fn number(&mut self, dictionary: impl IntoIterator<Item = Cow<'static, str>>) {
        let entries = dictionary.into_iter().map(leak);
        self.numbered.get_or_insert_default().extend(entries);
    }

    /// Sets the text of `routes.lock`.
    pub(crate) fn lock(&mut self, text: &str) {
        self.lock = Some(RoutesLock::parse(text));
    }

    /// Returns the routes by their codes, for handlers with these routes.
    pub(crate) fn resolve(
        &self,
        served: impl Iterator<Item = &'static str>,
    ) -> Result<BTreeMap<u16, &'static str>, RouterError> {
        let lock = self.lock.as_ref().map(|lock| lock.as_ref().map_err(LockError::clone));
        match (self.wanted(served)?, lock.transpose()?) {
            (Wanted::Declared(codes), None) => Ok(codes.clone()),
            (Wanted::Declared(codes), Some(lock)) => {
                lock.check(codes)?;
                Ok(codes.clone())
            }
            (Wanted::Numbered(routes), None) => number(&routes),
            (Wanted::Numbered(routes), Some(lock)) => Ok(lock.codes_of(&routes)?),
        }
    }

    /// Returns `routes.lock` with the routes that it lacks.
    pub(crate) fn locked(
        &self,
        served: impl Iterator<Item = &'static str>,
    ) -> Result<RoutesLock, RouterError> {
        let mut lock = self.lock.clone().transpose()?.unwrap_or_default();
        match self.wanted(served)? {
            Wanted::Declared(codes) => lock.add(codes)?,
            Wanted::Numbered(routes) => lock.number(&routes)?,
        }
        Ok(lock)
    }

    fn wanted(
        &self,
        served: impl Iterator<Item = &'static str>,
    ) -> Result<Wanted<'_>, RouterError> {
        let Some(dictionary) = &self.numbered else { return Ok(Wanted::Declared(&self.declared)) };
        if let Some((&code, &route)) = self.declared.first_key_value() {
            return Err(RouterError::CodeOfNumbered { route, code });
        }
        let mut routes: Vec<&'static str> = served.collect();
        // As JavaScript sorts them: routes are ASCII.
        routes.sort_unstable();
        routes.extend(dictionary);
        Ok(Wanted::Numbered(routes))
    }
}

/// The routes that want codes.
enum Wanted<'a> {
    Declared(&'a BTreeMap<u16, &'static str>),
    /// In the order of their numbers.
    Numbered(Vec<&'static str>),
}

/// Numbers routes from 1. One that is listed again takes another number, and is read by
/// both, as in pomelo.
fn number(routes: &[&'static str]) -> Result<BTreeMap<u16, &'static str>, RouterError> {
    if u16::try_from(routes.len()).is_err() {
        return Err(RouterError::TooManyRoutes(routes.len()));
    }
    Ok((1..=u16::MAX).zip(routes.iter().copied()).collect())
}

/// Returns each route once, in the order in which it is first listed.
pub(super) fn unique<'a>(routes: &'a [&'static str]) -> impl Iterator<Item = &'static str> + 'a {
    let mut seen = BTreeSet::new();
    routes.iter().copied().filter(move |&route| seen.insert(route))
}
