use connector::RouteError;

#[derive(RouteError)]
enum ChatError {
    #[route_error(status = 404)]
    NoRoom,
}

fn main() {}
