use std::error::Error;

use connector::{Json, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn load(&self) -> Result<Json<String>, Box<dyn Error>> {
        Ok(Json(std::fs::read_to_string("best")?))
    }

    #[route]
    fn best(&self) -> Result<Json<String>, Box<dyn Error + Send + Sync>> {
        Ok(Json(std::fs::read_to_string("best")?))
    }
}

fn main() {}
