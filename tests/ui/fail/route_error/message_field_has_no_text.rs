use connector::RouteError;

struct Room;

#[derive(RouteError)]
enum JoinError {
    #[route_error(code = 404, message = "there is no room {0}")]
    NoRoom(Room),
}

fn main() {}
