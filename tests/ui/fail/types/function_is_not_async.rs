use connector::{Json, Server};

fn main() {
    drop(Server::builder().route("chat.chatHandler.send", |Json(line): Json<String>| line.len()));
}
