//! The comparisons, and their goals.

use super::row::{Goal, Group, Row, at_least};
use super::subject::{
    AEDES, BROADCAST, BY_HAND, Cost, DEFLATE, ECHO, ECHO_BUFFER, ECHO_MQTT, ECHO_PROTO, ECHO_SIO,
    GREET, NANO, NO_SERVER, NODE_SOCKETIO, NODE_WS, NODE_WS_DEFLATE, PITAYA, PLAIN, PLAIN_FILTERED,
    PLAIN_UNFILTERED, PLUGIN, POMELO, POMELO_BUFFER, POMELO_PROTO, QUIC, RAW_MIO, RAW_QUIC,
    RAW_TLS, RAW_TOKIO, RAW_UNIX, RELEASED_PLUGIN, SEND_LOOP, SEND_LOOP_OF_TEN, SHARED_MEMORY,
    SOCKETIOXIDE, SOCKUDO, Server, Speaks, Subject, TLS, TUNGSTENITE, UNIX, WEBSOCKET,
};

/// All comparisons.
pub(crate) fn all() -> Vec<Row> {
    [
        greetings(),
        plain_greetings(),
        negotiated(),
        schedules(),
        filters(),
        websockets(),
        doors(),
        tls(),
        quic(),
        near_links(),
        broadcasts(),
        crowds(),
        plugins(),
    ]
    .concat()
}

/// Our own servers, each against itself at another commit.
pub(crate) fn commits() -> Vec<Row> {
    let ours = [
        ("greet, depth 1", ECHO.under(Speaks::Pomelo.at_depth(1))),
        ("greet, depth 16", ECHO.under(Speaks::Pomelo.at_depth(16))),
        ("greet, depth 64", ECHO.under(Speaks::Pomelo.at_depth(64))),
        ("greet, 10,000 connections", ECHO.under(Speaks::Pomelo.at_depth(1).on(10_000))),
        ("greet by a plain fn, depth 1", PLAIN.under(Speaks::Pomelo.at_depth(1))),
        ("greet by a plain fn, depth 16", PLAIN.under(Speaks::Pomelo.at_depth(16))),
        ("greet by a plain fn, depth 64", PLAIN.under(Speaks::Pomelo.at_depth(64))),
        ("greet by code in protobuf, depth 16", GREET.under(Speaks::PomeloInBytes.at_depth(16))),
        (
            "greet by name in the client's format, depth 16",
            GREET.under(Speaks::Pomelo.at_depth(16)),
        ),
        ("greet by code, depth 16", GREET.under(Speaks::PomeloByCode.at_depth(16))),
        ("pomelo-protobuf, depth 16", ECHO_PROTO.under(Speaks::PomeloProtobuf.at_depth(16))),
        ("buffered, depth 16", ECHO_BUFFER.under(Speaks::Pomelo.at_depth(16))),
        ("an empty chain, depth 16", PLAIN_UNFILTERED.under(Speaks::Pomelo.at_depth(16))),
        ("a filter, depth 16", PLAIN_FILTERED.under(Speaks::Pomelo.at_depth(16))),
        ("WebSocket, depth 1", WEBSOCKET.under(Speaks::WebSocket.at_depth(1))),
        ("WebSocket, depth 16", WEBSOCKET.under(Speaks::WebSocket.at_depth(16))),
        ("socket.io, depth 16", ECHO_SIO.under(Speaks::SocketIo.at_depth(16))),
        ("MQTT, depth 16", ECHO_MQTT.under(Speaks::Mqtt.at_depth(16))),
        ("WebSocket, compressed, depth 16", DEFLATE.under(Speaks::Deflate.at_depth(16))),
        ("Unix socket, depth 1", UNIX.under(Speaks::Packages.at_depth(1))),
        ("Unix socket, depth 16", UNIX.under(Speaks::Packages.at_depth(16))),
        ("shared memory, 1 MiB", shared_memory(1 << 20)),
        ("shared memory, 64 KiB", shared_memory(64 << 10)),
        ("shared memory, 4 KiB", shared_memory(4 << 10)),
        ("TLS, depth 1", TLS.under(Speaks::TlsPackages.at_depth(1))),
        ("TLS, depth 16", TLS.under(Speaks::TlsPackages.at_depth(16))),
        ("QUIC, depth 1", QUIC.under(Speaks::QuicPackages.at_depth(1))),
        ("QUIC, depth 16", QUIC.under(Speaks::QuicPackages.at_depth(16))),
        ("broadcast to 10,000", BROADCAST.under(Speaks::Pomelo.lines(1))),
        ("ten broadcasts to 10,000", BROADCAST.under(Speaks::Pomelo.lines(10))),
    ];
    let row = |(group, ours): (_, Subject)| {
        let other = ours.server.of_revision().under(ours.load);
        Row { group, against: other.server.name, ours, other, goal: Goal::NotSlower }
    };
    ours.map(row).to_vec()
}

/// Our whole stack and its peers: `connector.benchHandler.greet`.
fn greetings() -> Vec<Row> {
    let alone =
        [(POMELO, at_least(4.0, 4.6)), (PITAYA, at_least(1.5, 2.0)), (NANO, at_least(1.5, 2.0))];
    let batched =
        [(POMELO, at_least(14.0, 20.0)), (PITAYA, at_least(4.0, 6.0)), (NANO, at_least(4.0, 6.0))];
    [
        greeting("greet, depth 1", 1, at_least(0.90, 0.95), &alone),
        greeting("greet, depth 16", 16, at_least(0.80, 0.88), &batched),
        greeting("greet, depth 64", 64, at_least(0.62, 0.80), &[]),
    ]
    .concat()
}

/// Greetings of one depth: against the same by hand, which any server that reads and
/// writes JSON can reach, and against peers. The bare socket's cost, and its noise,
/// are shown without a goal.
fn greeting(name: &'static str, depth: usize, goal: Goal, peers: &[(Server, Goal)]) -> Vec<Row> {
    let load = Speaks::Pomelo.at_depth(depth);
    let bare = |server: Server| server.under(Speaks::Packages.at_depth(depth));
    let ours = Group { name, ours: ECHO.under(load) };
    let control = Group { name, ours: bare(RAW_TOKIO) };
    let mut rows = vec![ours.row(BY_HAND.name, BY_HAND.under(load), goal)];
    rows.extend(peers.iter().map(|(peer, goal)| ours.row(peer.name, peer.under(load), *goal)));
    rows.push(ours.row(RAW_TOKIO.name, bare(RAW_TOKIO), Goal::None));
    rows.push(control.row("raw tokio against raw mio", bare(RAW_MIO), Goal::None));
    rows
}

/// Greetings by a route that never waits, against the same by hand.
fn plain_greetings() -> Vec<Row> {
    let depths = [
        ("greet by a plain fn, depth 1", 1, at_least(0.96, 0.98)),
        ("greet by a plain fn, depth 16", 16, at_least(0.88, 0.95)),
        ("greet by a plain fn, depth 64", 64, at_least(0.85, 0.95)),
    ];
    let rows = depths.map(|(name, depth, goal)| {
        let load = Speaks::Pomelo.at_depth(depth);
        let group = Group { name, ours: PLAIN.under(load) };
        let bare = RAW_TOKIO.under(Speaks::Packages.at_depth(depth));
        [
            group.row(BY_HAND.name, BY_HAND.under(load), goal),
            group.row(RAW_TOKIO.name, bare, Goal::None),
        ]
    });
    rows.concat()
}

/// Greetings with all that a handshake can negotiate.
fn negotiated() -> Vec<Row> {
    let ours = GREET.under(Speaks::PomeloInBytes.at_depth(16));
    let group = Group { name: "greet by code in protobuf, depth 16", ours };
    // As long as the request on the wire: what a greeting is without its route.
    let bare = RAW_TOKIO.under(Speaks::PackagesOf(14).at_depth(16));
    let by_code =
        Group { name: "greet by code, depth 16", ours: at_16(GREET, Speaks::PomeloByCode) };
    let proto = Group {
        name: "pomelo-protobuf, depth 16",
        ours: at_16(ECHO_PROTO, Speaks::PomeloProtobuf),
    };
    vec![
        group.row("raw tokio", bare, at_least(0.70, 0.85)),
        // A code saves 25 bytes to read, and the comparison with the last route.
        by_code.row("by name", at_16(GREET, Speaks::Pomelo), at_least(0.97, 1.0)),
        proto.row(
            POMELO_PROTO.name,
            at_16(POMELO_PROTO, Speaks::PomeloProtobuf),
            at_least(10.0, 14.0),
        ),
    ]
}

const fn at_16(server: Server, speaks: Speaks) -> Subject {
    server.under(speaks.at_depth(16))
}

/// Greetings whose answers leave together every 20 milliseconds, against those that leave
/// at once.
fn schedules() -> Vec<Row> {
    let name = "greet, depth 16, buffered";
    let group = Group { name, ours: at_16(ECHO_BUFFER, Speaks::Pomelo) };
    vec![
        // The floors are below what was measured once, 0.54 and 6.0. Callgrind counts 2,664
        // instructions a message in a batch of sixteen and 1,678 at once. Of the difference a
        // quarter is the allocation in which each message waits, another is the timer and the
        // waking of each batch, and most of the rest is what puts messages in and joins them.
        group.row("at once", at_16(ECHO, Speaks::Pomelo), at_least(0.48, 0.60)),
        group.row(
            "pomelo 2.2.7, buffered",
            at_16(POMELO_BUFFER, Speaks::Pomelo),
            at_least(5.0, 7.0),
        ),
    ]
}

/// Greetings on a server with filters, against the same without.
fn filters() -> Vec<Row> {
    let row = |name, server, goal| {
        let ours = at_16(server, Speaks::Pomelo);
        Group { name, ours }.row("without filters", at_16(PLAIN, Speaks::Pomelo), goal)
    };
    vec![
        row("an empty chain, depth 16", PLAIN_UNFILTERED, at_least(0.97, 0.99)),
        row("a filter, depth 16", PLAIN_FILTERED, at_least(0.70, 0.85)),
    ]
}

/// Our framing and its peers: messages of 64 bytes, and compressed ones of 1,024.
fn websockets() -> Vec<Row> {
    let load = |depth| Speaks::WebSocket.at_depth(depth);
    let single = Group { name: "WebSocket, depth 1", ours: WEBSOCKET.under(load(1)) };
    let batch = Group { name: "WebSocket, depth 16", ours: WEBSOCKET.under(load(16)) };
    let bare = RAW_TOKIO.under(Speaks::PackagesOf(64).at_depth(16));
    // Each message is compressed by itself.
    let compressed = Speaks::Deflate.at_depth(16);
    let name = "WebSocket, compressed, depth 16";
    let deflate = Group { name, ours: DEFLATE.under(compressed) };
    vec![
        single.row("tokio-tungstenite", TUNGSTENITE.under(load(1)), at_least(1.3, 1.5)),
        single.row(SOCKUDO.name, SOCKUDO.under(load(1)), at_least(0.95, 1.0)),
        single.row("Node ws", NODE_WS.under(load(1)), Goal::None),
        batch.row("raw tokio over TCP", bare, at_least(0.90, 0.97)),
        batch.row("tokio-tungstenite", TUNGSTENITE.under(load(16)), at_least(8.0, 14.0)),
        batch.row(SOCKUDO.name, SOCKUDO.under(load(16)), at_least(1.2, 1.5)),
        batch.row("Node ws", NODE_WS.under(load(16)), Goal::None),
        deflate.row(NODE_WS.name, NODE_WS_DEFLATE.under(compressed), at_least(3.0, 4.0)),
    ]
}

/// Links near the machine: a Unix socket, shared memory, and two tasks of one program.
fn near_links() -> Vec<Row> {
    let unix = |name, depth, goal| {
        let load = Speaks::Packages.at_depth(depth);
        Group { name, ours: UNIX.under(load) }.row(RAW_UNIX.name, RAW_UNIX.under(load), goal)
    };
    // What both processes spend on a package that comes back.
    let shared = |name, size, goal| {
        let ours = shared_memory(size);
        let unix = Server { name: "our Unix socket", ..UNIX };
        let other = unix.under(Speaks::UnixLink(size).calls(1, Cost::Both));
        Group { name, ours }.row(unix.name, other, goal)
    };
    let memory = |name, depth| {
        let of = |speaks: Speaks| NO_SERVER.under(speaks.calls(depth, Cost::Both));
        let group = Group { name, ours: of(Speaks::LocalLink) };
        group.row("tokio mpsc", of(Speaks::Channels), at_least(0.80, 0.90))
    };
    vec![
        unix("Unix socket, depth 1", 1, at_least(0.90, 0.95)),
        unix("Unix socket, depth 16", 16, at_least(0.90, 0.95)),
        shared("shared memory, round trip of 1 MiB", 1 << 20, at_least(3.0, 4.0)),
        shared("shared memory, round trip of 64 KiB", 64 << 10, at_least(1.0, 1.3)),
        shared("shared memory, round trip of 4 KiB", 4 << 10, Goal::None),
        memory("link in memory, depth 1", 1),
        memory("link in memory, depth 16", 16),
    ]
}

/// Packages of this many bytes back and forth over shared memory, by what both processes spend.
const fn shared_memory(size: usize) -> Subject {
    SHARED_MEMORY.under(Speaks::SharedMemory(size).calls(1, Cost::Both))
}

/// Greetings through pomelo's other doors. Bare socketioxide only echoes the text.
fn doors() -> Vec<Row> {
    let events = Group { name: "socket.io, depth 16", ours: at_16(ECHO_SIO, Speaks::SocketIo) };
    let published = Group { name: "MQTT, depth 16", ours: at_16(ECHO_MQTT, Speaks::Mqtt) };
    vec![
        events.row(
            SOCKETIOXIDE.name,
            at_16(SOCKETIOXIDE, Speaks::SocketIoEcho),
            at_least(0.95, 1.5),
        ),
        events.row(NODE_SOCKETIO.name, at_16(NODE_SOCKETIO, Speaks::SocketIo), at_least(5.0, 10.0)),
        published.row(AEDES.name, at_16(AEDES, Speaks::MqttBroker), at_least(10.0, 20.0)),
    ]
}

/// Our QUIC and framing, against the same by hand over the same library.
fn quic() -> Vec<Row> {
    let row = |name, depth| {
        let load = Speaks::QuicPackages.at_depth(depth);
        let group = Group { name, ours: QUIC.under(load) };
        group.row(RAW_QUIC.name, RAW_QUIC.under(load), at_least(0.90, 0.97))
    };
    vec![row("QUIC, depth 1", 1), row("QUIC, depth 16", 16)]
}

/// Our TLS and framing, against the same by hand over the same library.
fn tls() -> Vec<Row> {
    let row = |name, depth, goal| {
        let load = Speaks::TlsPackages.at_depth(depth);
        Group { name, ours: TLS.under(load) }.row(RAW_TLS.name, RAW_TLS.under(load), goal)
    };
    vec![
        row("TLS, depth 1", 1, at_least(0.90, 0.97)),
        row("TLS, depth 16", 16, at_least(0.85, 0.95)),
    ]
}

/// Lines of 100 bytes to 10,000 connections.
fn broadcasts() -> Vec<Row> {
    let name = "broadcast to 10,000";
    let one = Group { name, ours: BROADCAST.under(Speaks::Pomelo.lines(1)) };
    let ten = Group { name, ours: BROADCAST.under(Speaks::Pomelo.lines(10)) };
    let bare = SEND_LOOP.under(Speaks::Packages.lines(1));
    let bare_ten = SEND_LOOP_OF_TEN.under(Speaks::Packages.lines(10));
    vec![
        one.row("bare send loop", bare, at_least(0.85, 0.95)),
        ten.row("each of ten at once against one alone", one.ours, at_least(7.0, 9.0)),
        ten.row("ten at once against bare send loop", bare_ten, Goal::None),
    ]
}

/// The cost of a message among many connections.
fn crowds() -> Vec<Row> {
    let few = Speaks::Pomelo.at_depth(1);
    let bare = Speaks::Packages.at_depth(1);
    let group = |ours| Group { name: "10,000 connections", ours };
    let goal = Goal::AtMost { floor: 1.8, target: 1.4 };
    vec![
        group(ECHO.under(few)).row("against 50 connections", ECHO.under(few.on(10_000)), goal),
        group(RAW_MIO.under(bare)).row(
            "raw mio against its 50 connections",
            RAW_MIO.under(bare.on(10_000)),
            Goal::None,
        ),
    ]
}

/// The bytes of a call of a plugin on the wire, as a package of the bare socket.
const CALL: usize = 120;

/// Remix's engines and plugins, ours and the released ones, over WebSocket.
fn plugins() -> Vec<Row> {
    let released = |depth, cost| RELEASED_PLUGIN.under(Speaks::ReleasedRemix.calls(depth, cost));
    let ours =
        |name, depth, cost| Group { name, ours: PLUGIN.under(Speaks::Remix.calls(depth, cost)) };
    let cost = ours("plugin, processor time of a call of 100", 100, Cost::Both);
    let turns = ours("plugin, processor time of a call", 1, Cost::Both);
    let single = ours("plugin, time of a call", 1, Cost::Elapsed);
    let many = ours("plugin, time of a call of 100", 100, Cost::Elapsed);
    let bare = |cost| RAW_TOKIO.under(Speaks::Tokio(CALL).calls(1, cost));
    let mut rows = vec![
        cost.row("released pair", released(100, Cost::Both), at_least(8.0, 10.0)),
        // One at a time a call is mostly the kernel's: the bare socket itself is near an
        // eighth of the released pair.
        turns.row("released pair", released(1, Cost::Both), Goal::None),
        turns.row("raw tokio", bare(Cost::Both), Goal::None),
        single.row("raw tokio", bare(Cost::Elapsed), at_least(0.70, 0.80)),
        single.row("released pair", released(1, Cost::Elapsed), Goal::None),
        many.row("released pair", released(100, Cost::Elapsed), at_least(10.0, 20.0)),
    ];
    // One side of ours, with the released one on the other end.
    for (name, server, speaks, depth) in [
        ("released plugin, our engine", RELEASED_PLUGIN, Speaks::Remix, 1),
        ("released plugin, our engine, 100", RELEASED_PLUGIN, Speaks::Remix, 100),
        ("our plugin, released engine", PLUGIN, Speaks::ReleasedRemix, 1),
        ("our plugin, released engine, 100", PLUGIN, Speaks::ReleasedRemix, 100),
    ] {
        let mixed = server.under(speaks.calls(depth, Cost::Elapsed));
        let other = released(depth, Cost::Elapsed);
        rows.push(Group { name, ours: mixed }.row("released pair", other, at_least(1.0, 1.2)));
    }
    // The released engine's queue lets one call at a time through, and hides the plugin.
    for (name, depth) in [
        ("our plugin, released engine without its queue", 1),
        ("our plugin, released engine without its queue, 100", 100),
    ] {
        let load = Speaks::ReleasedRemixAtOnce.calls(depth, Cost::Elapsed);
        let group = Group { name, ours: PLUGIN.under(load) };
        rows.push(group.row("released pair", RELEASED_PLUGIN.under(load), at_least(1.0, 1.2)));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<String> = all().iter().map(Row::name).collect();
        assert_eq!(names.len(), all().len());
    }

    #[test]
    fn rows_of_a_group_stand_together() {
        let rows = all();
        let groups = rows.chunk_by(|row, next| row.group == next.group).map(|rows| rows[0].group);
        let names: std::collections::BTreeSet<_> = groups.clone().collect();
        assert_eq!(names.len(), groups.count());
    }

    #[test]
    fn targets_lie_beyond_floors() {
        for row in all() {
            match row.goal {
                Goal::AtLeast { floor, target } => assert!(floor < target, "{}", row.name()),
                Goal::AtMost { floor, target } => assert!(floor > target, "{}", row.name()),
                Goal::NotSlower | Goal::None => {}
            }
        }
    }

    #[test]
    fn every_server_of_ours_is_compared_with_its_other_commit() {
        let compared = commits();
        for subject in all().iter().flat_map(|row| [row.ours, row.other]) {
            let is_compared = compared.iter().any(|row| row.ours == subject);
            assert_eq!(is_compared, subject.server.is_ours(), "{subject:?}");
        }
        for Row { ours, other, .. } in compared {
            assert_eq!(other.load, ours.load);
            assert_ne!(other.server, ours.server);
        }
    }
}
