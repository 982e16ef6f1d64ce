use connector::RouteError;

#[derive(RouteError)]
enum ChatError {
    #[route_error(code = 200)]
    Fine,
}

fn main() {}
