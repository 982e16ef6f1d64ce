use connector::{Json, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, Json(line): Json<Lin>) {
        let _ = line;
    }

    #[route]
    fn whisper(&self, line: Whisper) {
        let _ = line;
    }
}

fn main() {}
