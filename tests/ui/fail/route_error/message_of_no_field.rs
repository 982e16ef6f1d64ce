use connector::RouteError;

#[derive(RouteError)]
enum JoinError {
    #[route_error(code = 404, message = "there is no room {name}")]
    NoRoom { room: String },
}

fn main() {}
