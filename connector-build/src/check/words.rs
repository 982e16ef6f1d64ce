//! What the longer mistakes are called, and the way out of them.

use connector_protocol::route::RouteError;

use crate::place::Place;

pub(super) const THREE_WORDS: &str =
    "write three words, as in `option (connector.route) = \"chat.chatHandler.send\";`";

pub(super) const NAME_OF_A_PUSH: &str =
    "write one word, as in `option (connector.push) = \"onSomething\";`";

/// What is wrong with the text of a route.
pub(super) fn why(_: &str, error: RouteError) -> String {
    error.to_string()
}

pub(super) fn no_package(service: &str) -> String {
    format!(
        "the routes of service `{service}` have no first part, since the file has no package: \
         write `package chat;` at its top, or `option (connector.server) = \"chat\";` in the \
         service"
    )
}

pub(super) fn package_has_parts(package: &str, service: &str) -> String {
    let parts = package.split('.').count();
    let last = package.rsplit('.').next().unwrap_or_default();
    format!(
        "package `{package}` has {parts} parts, and a route has room for one in front of its \
         handler: write `option (connector.server) = \"{last}\";` in service `{service}`"
    )
}

pub(super) fn streams(method: &str) -> String {
    format!(
        "method `{method}` streams, which is not there yet: take out `stream`, and let the server \
         push messages that have `option (connector.push) = \"..\";`"
    )
}

pub(super) fn notify_answers(method: &str) -> String {
    format!(
        "method `{method}` is a notify and answers nothing: write `returns \
         (google.protobuf.Empty)`, of \"google/protobuf/empty.proto\", or take out `option \
         (connector.notify)`"
    )
}

pub(super) fn any(field: &str) -> String {
    format!(
        "field `{field}` is a google.protobuf.Any, which JSON cannot express without knowing all \
         types: write a `oneof` of the types that it may have, or `bytes`"
    )
}

pub(super) fn pushed_already(owner: &str, push: &str, first: &Place) -> String {
    format!(
        "message `{owner}` is pushed as `{push}` already ({first}), and a client could not tell \
         them apart: give one of them another name"
    )
}
