use connector::RouteError;

#[derive(RouteError)]
enum ChatError {
    #[route_error(code = "404")]
    NoRoom,
}

fn main() {}
