use connector::{Json, Raw, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, Json(line): Json<String>, Raw(bytes): Raw) {
        drop((line, bytes));
    }
}

fn main() {}
