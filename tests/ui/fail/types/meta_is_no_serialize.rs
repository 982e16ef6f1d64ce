use connector::RouteError;

struct Room;

#[derive(RouteError)]
#[route_error(code = 404)]
struct NoRoom {
    #[route_error(meta)]
    room: Room,
}

fn main() {}
