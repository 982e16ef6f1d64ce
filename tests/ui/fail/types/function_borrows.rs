use connector::Server;
use connector::session::Session;

async fn who(session: &Session) {
    drop(session.uid());
}

fn main() {
    drop(Server::builder().route("chat.chatHandler.who", who));
}
