use connector::{Json, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self) -> Result<Json<Sent>, connector::handler::HandlerError> {
        todo!()
    }

    #[route]
    fn members(&self) -> People {
        todo!()
    }
}

fn main() {}
