use connector::Router;

#[derive(Router)]
enum Game {
    A,
    B,
}

fn main() {}
