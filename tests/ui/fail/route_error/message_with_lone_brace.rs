use connector::RouteError;

#[derive(RouteError)]
#[route_error(code = 400, message = "write {\"room\": 7")]
struct NotJson;

fn main() {}
