use connector::handler;

struct Chat;

#[handler("chat")]
impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
