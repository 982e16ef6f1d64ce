use connector::handler;

#[handler("chat.chatHandler")]
struct Chat;

fn main() {}
