use connector::plugin::ClientConnector;
use connector::transport::WebSocketLink;

#[derive(ClientConnector)]
struct Front {
    link: WebSocketLink,
}

/// No error follows from the one above.
fn takes(_: impl connector::plugin::ClientConnector) {}

fn main() {
    let _ = |front: Front| takes(front);
}
