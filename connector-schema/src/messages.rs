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
        "route `{route}` is already used by `{owner}` ({first}): give one of the two another \
         route with `option (connector.route) = \"..\";`"
    )
}

pub(crate) fn not_a_part(text: &str, why: &str, option: &str) -> String {
    format!(
        "`{text}` is not a part of a route: {why}: write one word, as in `option \
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
        "package `{package}` has {parts} parts, but only one fits before the handler in a route: \
         write `option (connector.server) = \"{last}\";` in service `{service}`"
    )
}

pub(crate) fn streams(method: &str) -> String {
    format!(
        "method `{method}` is streaming, which is not supported: remove `stream`, and let the \
         server push messages that have `option (connector.push) = \"..\";`"
    )
}

pub(crate) fn not_a_plugin(name: &str) -> String {
    format!(
        "`{name}` is not the name of a plugin: write it as in its profile, with its services \
         behind dots, as in `option (connector.plugin) = \"remixd.git\";`"
    )
}

pub(crate) fn plugin_has_route(plugin: &str, option: &str) -> String {
    format!(
        "the methods of plugin `{plugin}` have no routes, and are called by their names: remove \
         `option (connector.{option})`"
    )
}

pub(crate) fn plugin_name_taken(method: &str, name: &str, owner: &str, first: &Place) -> String {
    format!("`{method}` is `{name}` to the plugin, as is `{owner}` ({first}): rename one of them")
}

pub(crate) fn plugin_takes_stream(method: &str) -> String {
    format!(
        "method `{method}` takes a stream, which no plugin does: remove `stream`, or write `rpc \
         {method}(google.protobuf.Empty) returns (stream ..)` for an event"
    )
}

pub(crate) fn event_takes(event: &str) -> String {
    format!(
        "`{event}` is an event, since it returns a stream, and an event takes nothing: write \
         `rpc {event}(google.protobuf.Empty)` and import \"google/protobuf/empty.proto\", or \
         remove `stream`"
    )
}

pub(crate) fn handshake(method: &str) -> String {
    format!(
        "`{method}` is `handshake` to the plugin, which belongs to the protocol: rename the method"
    )
}

pub(crate) fn not_a_body(message: &str) -> String {
    format!("`{message}` is not a message body: write a message of your own that has it as a field")
}

pub(crate) fn notify_answers(method: &str) -> String {
    format!(
        "method `{method}` is a notify, which is not answered: write `returns \
         (google.protobuf.Empty)` and import \"google/protobuf/empty.proto\", or remove `option \
         (connector.notify)`"
    )
}

pub(crate) fn hidden(name: &str, service: &str, full_name: &str) -> String {
    format!(
        "`{name}` is a method here, since protobuf looks for a name within service `{service}` \
         first, where `rpc {name}` hides the message: write `.{full_name}`, or rename one of \
         the two"
    )
}

pub(crate) fn map_of_enum(field: &str, item: &str) -> String {
    format!(
        "map `{field}` has values of enum `{item}`, whose first value is not 0, as protobuf has \
         it for maps: write a first value with 0, or another type"
    )
}

pub(crate) fn name_reserved(name: &str) -> String {
    format!("the name `{name}` is reserved: write another name, or remove it from `reserved`")
}

pub(crate) fn push_empty(message: &str) -> String {
    format!("the push route of message `{message}` is empty: {WRITE_A_PUSH}")
}

pub(crate) fn not_a_push(text: &str, message: &str, error: RouteError) -> String {
    format!("`{text}` is not a push route of message `{message}`: {error}: {WRITE_A_PUSH}")
}

pub(crate) fn push_taken(push: &str, owner: &str, first: &Place) -> String {
    format!(
        "push route `{push}` is already used by message `{owner}` ({first}), and clients could \
         not tell the two apart: give one of them another route"
    )
}

pub(crate) fn code_without_push(message: &str) -> String {
    format!("message `{message}` has a push code, but no push route: {WRITE_A_PUSH}")
}

pub(crate) fn code_zero() -> String {
    format!("code 0 is reserved for routes without a code: write a number from 1 to {}", u16::MAX)
}

pub(crate) fn code_too_large(code: u32) -> String {
    format!("code {code} does not fit into two bytes: write a number from 1 to {}", u16::MAX)
}

pub(crate) fn code_taken(code: u16, owner: &str, first: &Place) -> String {
    format!("code {code} is already used by `{owner}` ({first}): write another number")
}

pub(crate) fn not_in_pomelo(what: &str, route: &str, option: &str) -> String {
    format!(
        "{what}, or `option (connector.{option}) = true;` where route `{route}` is declared, \
         whose bodies then stay JSON"
    )
}

pub(crate) fn pomelo_type(field: &str, kind: &str, instead: &str) -> String {
    format!("field `{field}` has the type {kind}, {NOT_IN_POMELO}: write {instead}")
}

pub(crate) fn pomelo_map(field: &str) -> String {
    format!(
        "field `{field}` is a map, {NOT_IN_POMELO}: write a repeated message of a key and a value"
    )
}

pub(crate) fn pomelo_oneof(field: &str, oneof: &str) -> String {
    format!(
        "field `{field}` belongs to the oneof `{oneof}`, {NOT_IN_POMELO}: write `optional` fields"
    )
}

pub(crate) fn pomelo_json_name(field: &str, json_name: &str) -> String {
    format!(
        "field `{field}` has the name `{json_name}` in JSON, {NOT_IN_POMELO}: write a `json_name` \
         of letters, digits and `_`, that does not begin with `__`"
    )
}

pub(crate) fn pomelo_number(field: &str, number: u32, most: u32) -> String {
    format!(
        "field `{field}` has the number {number}, {NOT_IN_POMELO}: write a number of at most {most}"
    )
}

const NOT_IN_POMELO: &str = "which pomelo-protobuf does not have";
