use connector::RouteError;

#[derive(RouteError)]
union ChatError {
    a: u8,
    b: u8,
}

fn main() {}
