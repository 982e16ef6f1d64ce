use connector::handler;

#[handler("chat.chatHandler")]
async fn send() {}

fn main() {}
