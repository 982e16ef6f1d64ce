use connector::{Client, Json};

async fn ask(client: Client) {
    let answer = client.request("chat.chatHandler.send", Json("hi")).await;
    drop(answer);
}

fn main() {}
