use connector::{Body, Json, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, Json(line): Json<String>, more: Option<Body<u32>>) {
        drop((line, more));
    }
}

fn main() {}
