use connector::route;

struct Chat;

impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
