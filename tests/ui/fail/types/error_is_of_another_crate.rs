use connector::{Json, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn load(&self) -> Result<Json<String>, std::io::Error> {
        std::fs::read_to_string("best").map(Json)
    }
}

fn main() {}
