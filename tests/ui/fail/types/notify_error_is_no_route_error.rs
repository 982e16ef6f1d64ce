use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(notify)]
    async fn typing(&self) -> Result<(), std::io::Error> {
        Ok(())
    }
}

fn main() {}
