use connector::Router;
use connector::handler::Handler;

#[derive(Router)]
struct Game<H: Handler> {
    handler: H,
}

fn main() {}
