use connector::RouteError;

#[derive(RouteError)]
enum ChatError {
    #[route_error(code = 404, code = 410)]
    NoRoom,
}

fn main() {}
