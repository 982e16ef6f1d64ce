//! A call of one of the plugin's methods.

use super::answer::fill;
use super::fields::Layout;
use super::{Action, Arguments, Message, Payload, RequestInfo};

/// The most bytes of the names in a request: of a plugin, a method, its services.
const LONGEST_NAME: usize = 1024;

/// A call of one of the plugin's methods.
#[derive(Debug)]
pub struct Call {
    /// The method, as in the plugin's list of methods: with the names of services
    /// in front, separated by dots, as in `git.fetch`.
    pub method: String,
    /// The position of the method in that list.
    pub index: usize,
    /// The arguments.
    pub payload: Arguments,
    /// The caller.
    pub request_info: Option<RequestInfo>,
    /// The handle that answers the call.
    pub reply: Reply,
}

/// A handle that answers one call. It answers only once, since a second answer would
/// crash a released engine.
#[derive(Debug)]
pub struct Reply {
    connection: u32,
    name: Option<String>,
    key: Option<String>,
    id: Option<i64>,
}

impl Reply {
    /// Creates the handle of a request, whose name and key it takes.
    pub(super) fn to(request: &mut Message, connection: u32) -> Self {
        let (name, key) = (request.name.take(), request.key.take());
        Self { connection, name, key, id: request.id }
    }

    /// Returns the called plugin's name.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the number of bytes of its texts, which is about the memory that it takes.
    pub fn size(&self) -> usize {
        [&self.name, &self.key].into_iter().flatten().map(String::len).sum()
    }

    pub(super) fn belongs_to(&self, connection: u32) -> bool {
        self.connection == connection
    }

    /// Returns the answer, unless the request had no id: engines do not wait for the
    /// answer of such a request.
    pub(super) fn into_message(self, result: Result<Option<Payload>, String>) -> Option<Message> {
        let mut message = Message {
            name: self.name,
            key: self.key,
            id: Some(self.id?),
            layout: Layout::ANSWER,
            ..Message::new(Action::Response)
        };
        fill(&mut message, result);
        Some(message)
    }
}

/// Returns the method with the services of the path in front: `git.fetch` for
/// `remote.git` and `fetch`.
pub(super) fn method_path(path: Option<&str>, method: &str) -> String {
    match path.and_then(|path| path.split_once('.')) {
        Some((_, services)) => format!("{services}.{method}"),
        None => method.to_owned(),
    }
}

/// Removes names from a request that are longer than any plugin or method has, so that no answer
/// repeats them. Returns whether there were some.
pub(super) fn drop_long_names(request: &mut Message) -> bool {
    let path = request.request_info.as_mut().map(|info| &mut info.path);
    let names = [Some(&mut request.name), Some(&mut request.key), path];
    let is_long = |name: &mut String| name.len() > LONGEST_NAME;
    names.into_iter().flatten().filter_map(|name| name.take_if(is_long)).count() > 0
}
