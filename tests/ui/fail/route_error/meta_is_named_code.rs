use connector::RouteError;

#[derive(RouteError)]
#[route_error(code = 404)]
struct NoRoom {
    #[route_error(meta)]
    code: u32,
}

fn main() {}
