use connector::prelude::*;

#[derive(serde::Deserialize, serde::Serialize)]
struct Line {
    text: String,
}

struct Chat;

#[handler(concat!("chat", ".chatHandler"))]
impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
