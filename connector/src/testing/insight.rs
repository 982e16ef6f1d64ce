//! Facts about the server of a test, by which its clients explain failures.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use crate::client::RequestError;
use crate::handler::{Chain, Cx, HandlerError};
use crate::routing::{Table, nearest};
use crate::server::{ServerBuilder, ServerHandle, WeakServerHandle};

/// The most causes of failures to remember.
const REMEMBERED: usize = 64;

/// Facts about a server, by which failures are explained. Those of a server that is not the
/// test's own, or that has ended, are empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Insight {
    server: Option<WeakServerHandle>,
    causes: Causes,
}

/// The causes of internal failures by their routes, the latest ones last.
#[derive(Clone, Debug, Default)]
pub(super) struct Causes(Arc<Mutex<VecDeque<(&'static str, String)>>>);

impl Causes {
    /// Notes the causes of the server's failures, which its log gets too.
    pub(super) fn watch(&self, builder: ServerBuilder) -> ServerBuilder {
        let Self(causes) = self.clone();
        builder.on_error_first(move |cx: &Cx<'_>, error: HandlerError| {
            if let (Some(route), Some(cause)) = (cx.route(), error.source()) {
                let mut causes = causes.lock().unwrap_or_else(PoisonError::into_inner);
                if causes.len() == REMEMBERED {
                    causes.pop_front();
                }
                causes.push_back((route, Chain(cause).to_string()));
            }
            error
        })
    }

    fn latest(&self, route: &str) -> Option<String> {
        let causes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_route = causes.iter().rev().find(|(failed, _)| *failed == route);
        of_route.map(|(_, cause)| cause.clone())
    }
}

impl Insight {
    pub(super) fn new(server: &ServerHandle, causes: &Causes) -> Self {
        Self { server: Some(server.downgrade()), causes: causes.clone() }
    }

    /// Looks something up in the server's table of routes.
    fn look_up<T>(&self, find: impl FnOnce(&Table) -> Option<T>) -> Option<T> {
        find(&self.server.as_ref()?.upgrade()?.inner().dispatcher.table)
    }

    /// Returns the message about a route that the server does not have.
    pub(super) fn unknown(&self, route: &str) -> Option<String> {
        let nearest = self.look_up(|table| match table.whole(route) {
            Some(_) => None,
            None => Some(nearest(route, table.specs().map(|spec| spec.route))),
        })?;
        Some(match nearest.as_slice() {
            [] => "the server has no such route, nor a similar one".to_owned(),
            [one] => format!("the server has no such route: write `{one}`"),
            some => format!("the server has no such route: write one of `{}`", some.join("`, `")),
        })
    }

    /// Returns the whole route, of which `route` may lack the server's own type.
    fn whole<'a>(&self, route: &'a str) -> &'a str {
        self.look_up(|table| table.whole(route)).unwrap_or(route)
    }

    /// Returns the error of a request with its explanation, if there is one.
    pub(super) fn explain(&self, route: &str, error: &RequestError) -> String {
        let explanation = match error {
            RequestError::Server(HandlerError { code: HandlerError::FAILED, .. }) => {
                let cause = |cause| format!("the cause is: {cause}");
                self.unknown(route).or_else(|| self.causes.latest(self.whole(route)).map(cause))
            }
            RequestError::Server(_) => self.unknown(route),
            _ => None,
        };
        match explanation {
            Some(explanation) => format!("{error}; {explanation}"),
            None => error.to_string(),
        }
    }
}
