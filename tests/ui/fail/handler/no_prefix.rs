use connector::handler;

struct Chat;

#[handler]
impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
