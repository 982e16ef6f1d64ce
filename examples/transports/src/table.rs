//! The table: a row for each transport.

use connector::codec::SioCodec;
use connector::plugin::{LineDialer, SocketIoConnector, WebSocketPlugin};
use connector::prelude::*;
#[cfg(unix)]
use connector::transport::{ChildProcess, Parent, Unix, UnixDialer};
use connector::transport::{
    Deflate, MqttDialer, Quic, QuicDialer, SioDialer, Tcp, TcpDialer, UdpDialer, WebSocketDialer,
    WebTransport, WebTransportDialer,
};
#[cfg(windows)]
use connector::transport::{Pipe, PipeDialer};
#[cfg(target_os = "linux")]
use connector::transport::{SharedMemory, SharedMemoryDialer};
use connector::{
    Dial, MemorySocket, MqttConnector, QuicConnector, QuicSocket, SioConnector, SioSocket,
    TcpSocket, UdpSocket, WebSocketSocket, WebTransportConnector, WebTransportSocket,
};
#[cfg(target_os = "linux")]
use connector::{SharedMemoryConnector, SharedMemorySocket};

use crate::Error;
#[cfg(unix)]
use crate::at::At;
use crate::at::Kind;
#[cfg(any(unix, windows))]
use crate::streams::Streams;
use crate::transport::Transport;

/// Returns all transports of this system.
///
/// Plugins over byte streams speak in lines; over `hybrid` in pomelo's packages.
pub fn transports() -> Vec<Transport> {
    vec![
        Transport::new("tcp", Kind::HostPort)
            .game(
                |at| Ok(TcpConnector::bind(at.place)),
                |_| Ok(TcpDialer::new().socket::<TcpSocket>()),
            )
            .plugin(|at| Ok(Tcp::from(at.place)), |_| Ok(LineDialer::new(TcpDialer::new()))),
        Transport::new("tls", Kind::HostPort)
            .feature("tls")
            .game(
                |at| Ok(TcpConnector::bind(Tcp::from(at.place).opener(at.tls()?))),
                |at| Ok(TcpDialer::new().tls(at.roots()?.load()?).socket::<TcpSocket>()),
            )
            .plugin(
                |at| Ok(Tcp::from(at.place).opener(at.tls()?)),
                |at| Ok(LineDialer::new(TcpDialer::new().tls(at.roots()?.load()?))),
            ),
        Transport::new("ws", Kind::HostPort)
            .game(
                |at| Ok(WebSocketConnector::bind(at.place)),
                |_| Ok(WebSocketDialer::new().socket::<WebSocketSocket>()),
            )
            .plugin(
                |at| Ok(WebSocketPlugin::bind(at.place)),
                |_| Ok(WebSocketDialer::new().text()),
            ),
        Transport::new("wss", Kind::HostPort)
            .feature("tls")
            .game(
                |at| Ok(WebSocketConnector::bind(Tcp::from(at.place).opener(at.tls()?))),
                |at| {
                    let dialer = WebSocketDialer::new().tls(at.roots()?.load()?);
                    Ok(dialer.socket::<WebSocketSocket>())
                },
            )
            .plugin(
                |at| Ok(WebSocketPlugin::bind(Tcp::from(at.place).opener(at.tls()?))),
                |at| Ok(WebSocketDialer::new().text().tls(at.roots()?.load()?)),
            ),
        Transport::new("deflate", Kind::HostPort)
            .feature("deflate")
            .scheme("ws")
            .also(&["ws"])
            .game(
                |at| {
                    let web = WebOptions::new().deflate(Deflate::new());
                    Ok(WebSocketConnector::bind(at.place).web(web))
                },
                |_| {
                    let dialer = WebSocketDialer::new().deflate(Deflate::new());
                    Ok(dialer.socket::<WebSocketSocket>())
                },
            )
            .plugin(
                |at| {
                    let web = WebOptions::new().deflate(Deflate::new());
                    Ok(WebSocketPlugin::new(at.place, web))
                },
                |_| Ok(WebSocketDialer::new().text().deflate(Deflate::new())),
            ),
        Transport::new("hybrid", Kind::HostPort)
            .scheme("tcp")
            .also(&["ws"])
            .game(
                |at| Ok(HybridConnector::bind(at.place)),
                |_| Ok(TcpDialer::new().socket::<TcpSocket>()),
            )
            .plugin(
                |at| Ok(HybridConnector::bind(at.place).web(WebOptions::new().text())),
                |_| Ok(TcpDialer::new().socket::<TcpSocket>()),
            ),
        Transport::new("udp", Kind::HostPort).without_order().game(
            |at| Ok(UdpConnector::bind(at.place)),
            |_| Ok(UdpDialer::new().socket::<UdpSocket>()),
        ),
        Transport::new("mqtt", Kind::HostPort)
            .feature("mqtt")
            .game(|at| Ok(MqttConnector::bind(at.place)), |_| Ok(MqttDialer::new())),
        Transport::new("sio", Kind::HostPort)
            .feature("sio")
            .scheme("http")
            .game_with(
                || Client::builder().codec(SioCodec),
                |at| Ok(SioConnector::bind(at.place)),
                |_| Ok(SioDialer::new().upgrade().socket::<SioSocket>()),
            )
            .plugin(
                |at| Ok(SocketIoConnector::bind(at.place)),
                |_| Ok(SioDialer::new().upgrade().json()),
            ),
        Transport::new("quic", Kind::HostPort)
            .feature("quic")
            .game(
                |at| Ok(QuicConnector::bind(Quic::new(at.place, at.tls()?))),
                |at| Ok(QuicDialer::new().tls(at.roots()?.load()?).socket::<QuicSocket>()),
            )
            .plugin(
                |at| Ok(Quic::new(at.place, at.tls()?)),
                |at| Ok(LineDialer::new(QuicDialer::new().tls(at.roots()?.load()?))),
            ),
        Transport::new("webtransport", Kind::HostPort)
            .feature("webtransport")
            .game(
                |at| Ok(WebTransportConnector::bind(WebTransport::new(at.place, at.tls()?))),
                |at| {
                    let dialer = WebTransportDialer::new().tls(at.roots()?.load()?);
                    Ok(dialer.socket::<WebTransportSocket>())
                },
            )
            .plugin(
                |at| Ok(WebTransport::new(at.place, at.tls()?)),
                |at| Ok(LineDialer::new(WebTransportDialer::new().tls(at.roots()?.load()?))),
            ),
        #[cfg(unix)]
        Transport::new("unix", Kind::Path)
            .game(
                |at| Ok(Streams(Unix::from(at.place))),
                |_| Ok(UnixDialer::new().socket::<TcpSocket>()),
            )
            .plugin(|at| Ok(Unix::from(at.place)), |_| Ok(LineDialer::new(UnixDialer::new()))),
        #[cfg(target_os = "linux")]
        Transport::new("shm", Kind::Path)
            .feature("shared-memory")
            .game(
                |at| Ok(SharedMemoryConnector::bind(at.place)),
                |_| Ok(SharedMemoryDialer::new().socket::<SharedMemorySocket>()),
            )
            .plugin(
                |at| Ok(SharedMemory::from(at.place)),
                |_| Ok(LineDialer::new(SharedMemoryDialer::new())),
            ),
        #[cfg(windows)]
        Transport::new("pipe", Kind::Name)
            .game(
                |at| Ok(Streams(Pipe::from(at.place))),
                |_| Ok(PipeDialer::new().socket::<TcpSocket>()),
            )
            .plugin(|at| Ok(Pipe::from(at.place)), |_| Ok(LineDialer::new(PipeDialer::new()))),
        #[cfg(unix)]
        Transport::new("child", Kind::Command)
            .feature("child-process")
            .game(
                |at| Ok(Streams(parent(at))),
                |at| Ok(child(at, &["serve", "child:"])?.socket::<TcpSocket>()),
            )
            .plugin(
                |at| Ok(parent(at)),
                |at| Ok(LineDialer::new(child(at, &["serve", "--plugin", "child:"])?)),
            ),
        Transport::new("memory", Kind::Within)
            .game(
                |at| Ok(MemoryConnector::bind(at.program.places.listener(at.place))),
                |at| Ok(at.program.places.clone().socket::<MemorySocket>()),
            )
            .plugin(
                |at| Ok(at.program.places.listener(at.place)),
                |at| Ok(LineDialer::new(at.program.places.clone())),
            ),
    ]
}

/// The program that has started this one, until it goes.
#[cfg(unix)]
fn parent(at: &At<'_>) -> Parent {
    let parent = Parent::stdio();
    at.serve_until(parent.gone());
    parent
}

/// A program to start: the command, or this one with these arguments.
#[cfg(unix)]
fn child(at: &At<'_>, own: &[&str]) -> Result<ChildProcess, Error> {
    let mut words = at.place.split_whitespace();
    Ok(match words.next() {
        Some(program) => ChildProcess::new(program).args(words),
        None => ChildProcess::new(std::env::current_exe()?).args(own),
    }
    .on_line(|line| eprintln!("{line}")))
}

/// Finds the transport and the place of a URL.
///
/// # Errors
/// Returns that the scheme is missing or unknown, and the names of those that are known.
pub fn find<'t, 'u>(
    transports: &'t [Transport],
    url: &'u str,
) -> Result<(&'t Transport, &'u str), Error> {
    let (name, place) = url.split_once(':').unwrap_or((url, ""));
    let transport = transports.iter().find(|known| known.name.eq_ignore_ascii_case(name));
    let transport = transport.ok_or_else(|| {
        let names: Vec<&str> = transports.iter().map(|known| known.name).collect();
        format!("`{url}` does not begin with the name of a transport: {}", names.join(", "))
    })?;
    let place = place.strip_prefix("//").unwrap_or(place);
    if place.is_empty() && transport.kind != Kind::Command {
        return Err(format!("`{url}` names no place: write `{}`", transport.kind.url(name)).into());
    }
    Ok((transport, place))
}

/// Returns the table as text.
pub fn listed(transports: &[Transport]) -> String {
    let yes = |is: bool| if is { "yes" } else { "no" };
    let mut table = "| URL | feature | game (pomelo) | plugin (Remix) | keeps order |\n".to_owned();
    table.push_str("|---|---|---|---|---|\n");
    for transport in transports {
        let feature = transport.feature.map_or_else(String::new, |name| format!("`{name}`"));
        let also = transport.also.iter().map(|name| format!(", or `{name}:`"));
        table.push_str(&format!(
            "| `{}`{} | {feature} | {} | {} | {} |\n",
            transport.kind.url(transport.name),
            also.collect::<String>(),
            yes(transport.has_game()),
            yes(transport.has_plugin()),
            yes(transport.keeps_order),
        ));
    }
    table
}
