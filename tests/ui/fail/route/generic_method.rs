use connector::{Json, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send<T>(&self, Json(line): Json<T>) {
        drop(line);
    }
}

fn main() {}
