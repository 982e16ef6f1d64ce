use connector::RouteError;

#[derive(RouteError)]
enum ChatError {
    #[route_error(404)]
    NoRoom,
    #[route_error(code = 404, "no room")]
    NoPlace,
}

fn main() {}
