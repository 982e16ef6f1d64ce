//! The chat in a terminal, over TCP.

use std::error::Error;

use connector::proto::Push;
use connector::{Client, client};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, stdin};
use tokio::net::TcpStream;

use crate::chat::{self, ChatHandlerClient, Line, OnCome, OnLeave, OnLine};

#[derive(clap::Args)]
pub(crate) struct Join {
    name: String,
    room: String,
    /// The server.
    #[arg(long, default_value = "tcp://127.0.0.1:3010")]
    url: String,
}

impl Join {
    pub(crate) async fn run(self) -> Result<(), Box<dyn Error>> {
        let user = serde_json::json!({ "token": self.sign_in().await? });
        let client = Client::builder().user(user).connect(&self.url).await?;
        let chat = ChatHandlerClient::new(&client);
        // All of them in one, so that they keep their order.
        let mut pushes = client.all_pushes();
        let room = chat.join(chat::Join { room: self.room }).await?;
        println!("* you are in {} with {}", room.room, room.people.join(", "));
        let mut lines = BufReader::new(stdin()).lines();
        loop {
            tokio::select! {
                push = pushes.next() => match push {
                    Some(push) => println!("{}", told(&push)?),
                    None => return Err(client.closed().await.into()),
                },
                line = lines.next_line() => match line? {
                    Some(text) => if let Err(error) = chat.say(Line { text }).await {
                        eprintln!("* {error}");
                    },
                    None => return Ok(client.close().await),
                },
            }
        }
    }

    /// Gets a token from the same port, in HTTP.
    async fn sign_in(&self) -> Result<String, Box<dyn Error>> {
        let address = self.url.rsplit('/').next().unwrap_or_default();
        let no_server = |error| format!("cannot connect to {address}: {error}");
        let mut stream = TcpStream::connect(address).await.map_err(no_server)?;
        let name = utf8_percent_encode(&self.name, NON_ALPHANUMERIC);
        let request = format!("GET /sign-in?name={name} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("the server is no chat")?;
        if head.starts_with("HTTP/1.1 200") { Ok(body.to_owned()) } else { Err(body.into()) }
    }
}

fn told(push: &client::Push) -> Result<String, serde_json::Error> {
    Ok(match &*push.route {
        OnLine::ROUTE => push.read().map(|OnLine { from, text }| format!("{from}: {text}"))?,
        OnCome::ROUTE => format!("* {} comes in", push.read::<OnCome>()?.name),
        OnLeave::ROUTE => format!("* {} leaves", push.read::<OnLeave>()?.name),
        other => format!("* {other}"),
    })
}
