use connector::Server;

struct Chat;

fn main() {
    drop(Server::builder().handler(Chat));
}
