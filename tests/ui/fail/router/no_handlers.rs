use connector::Router;

#[derive(Router)]
struct Game;

fn main() {}
