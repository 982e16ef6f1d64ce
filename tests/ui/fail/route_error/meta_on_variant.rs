use connector::RouteError;

#[derive(RouteError)]
enum ChatError {
    #[route_error(code = 404, meta)]
    NoRoom(String),
}

fn main() {}
