use connector::RouteError;

#[derive(RouteError)]
enum ChatError {
    #[route_error(message = gone)]
    NoRoom,
}

fn main() {}
