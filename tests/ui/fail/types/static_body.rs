use connector::{Json, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    fn send(&self, Json(text): Json<&'static str>) {
        let _ = text;
    }
}

fn main() {}
