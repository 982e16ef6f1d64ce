use connector::{Json, RouteError, handler};

#[derive(RouteError)]
enum ChatError {
    #[route_error(codes = 404)]
    NoRoom,
}

struct Chat;

/// No error follows from the one above.
#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self) -> Result<Json<u32>, ChatError> {
        Err(ChatError::NoRoom)
    }
}

fn main() {}
