use connector::RouteError;

#[derive(RouteError)]
#[route_error(code = 404)]
enum ChatError {
    NoRoom,
}

fn main() {}
