use connector::route;

#[route("chat.chatHandler.send")]
async fn send() {}

fn main() {}
