use connector::RouteError;

#[derive(RouteError)]
#[route_error(code = 404)]
struct NoRoom {
    #[route_error(meta)]
    room: String,
    #[route_error(meta = "room")]
    id: u32,
}

fn main() {}
