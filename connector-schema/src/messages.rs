//! The texts of mistakes: what is wrong, and what to write instead.

use connector_protocol::route::RouteError;

use crate::place::Place;

const WRITE_A_ROUTE: &str =
    "write three words, as in `option (connector.route) = \"chat.chatHandler.send\";`";

const WRITE_A_PUSH: &str = "write one word, as in `option (connector.push) = \"onSomething\";`";

pub(crate) fn not_a_route(text: &str, error: RouteError) -> String {
    format!("`{text}` is not a route: {error}: {WRITE_A_ROUTE}")
}

pub(crate) fn route_taken(route: &str, owner: &str, first: &Place) -> String {
    format!(
        "route `{route}` is that of `{owner}` already ({first}): give one of them another with \
         `option (connector.route) = \"..\";`"
    )
}

pub(crate) fn not_a_part(text: &str, why: &str, option: &str) -> String {
    format!(
        "`{text}` cannot be a part of a route, {why}: write one word, as in `option \
         (connector.{option}) = \"chat\";`"
    )
}

pub(crate) fn no_package(service: &str) -> String {
    format!(
        "the routes of service `{service}` have no first part, since the file has no package: \
         write `package chat;` at its top, or `option (connector.server) = \"chat\";` in the \
         service"
    )
}

pub(crate) fn package_has_parts(package: &str, service: &str) -> String {
    let parts = package.split('.').count();
    let last = package.rsplit('.').next().unwrap_or_default();
    format!(
        "package `{package}` has {parts} parts, and a route has room for one in front of its \
         handler: write `option (connector.server) = \"{last}\";` in service `{service}`"
    )
}

pub(crate) fn streams(method: &str) -> String {
    format!(
        "method `{method}` streams, which is not there yet: take out `stream`, and let the server \
         push messages that have `option (connector.push) = \"..\";`"
    )
}

pub(crate) fn not_a_body(message: &str) -> String {
    format!("`{message}` is no body of a message: put it into a message of your own, as its field")
}

pub(crate) fn notify_answers(method: &str) -> String {
    format!(
        "method `{method}` is a notify and answers nothing: write `returns \
         (google.protobuf.Empty)`, of \"google/protobuf/empty.proto\", or take out `option \
         (connector.notify)`"
    )
}

pub(crate) fn any(field: &str) -> String {
    format!(
        "field `{field}` is a google.protobuf.Any, which JSON cannot express without knowing all \
         types: write a `oneof` of the types that it may have, or `bytes`"
    )
}

pub(crate) fn push_empty(message: &str) -> String {
    format!("the push of message `{message}` has no name: {WRITE_A_PUSH}")
}

pub(crate) fn not_a_push(text: &str, message: &str, error: RouteError) -> String {
    let why = error.to_string();
    format!("message `{message}` cannot be pushed as `{text}`, {why}: {WRITE_A_PUSH}")
}

pub(crate) fn push_taken(push: &str, owner: &str, first: &Place) -> String {
    format!(
        "message `{owner}` is pushed as `{push}` already ({first}), and a client could not tell \
         them apart: give one of them another name"
    )
}

pub(crate) fn code_without_push(message: &str) -> String {
    format!("message `{message}` has a code and no name to be pushed under: {WRITE_A_PUSH} too")
}

pub(crate) fn code_zero() -> String {
    format!("code 0 says to a client that there is none: write one from 1 to {}", u16::MAX)
}

pub(crate) fn code_too_large(code: u32) -> String {
    let max = u16::MAX;
    format!("code {code} does not fit into two bytes, as it has to: write one up to {max}")
}

pub(crate) fn code_taken(code: u16, owner: &str, first: &Place) -> String {
    format!("code {code} is that of `{owner}` already ({first}): write another number")
}
