use connector::{Json, handler};

struct Chat;

struct ChatError;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self) -> Result<Json<u8>, ChatError> {
        Err(ChatError)
    }
}

fn main() {}
