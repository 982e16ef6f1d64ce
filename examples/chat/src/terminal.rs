//! The chat in a terminal, over TCP.

use std::error::Error;
use std::io::{Write, read_to_string};
use std::net::TcpStream;

use connector::proto::Push;
use connector::{Client, client};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

use crate::chat::{ChatHandlerClient, Join, Line, OnCome, OnLeave, OnLine};

/// Talks until stdin or the connection ends.
pub(crate) async fn join(name: &str, room: String, url: &str) -> Result<(), Box<dyn Error>> {
    let user = serde_json::json!({ "token": sign_in(name, url)? });
    let client = Client::builder().user(user).connect(url).await?;
    // All of them in one, so that they keep their order.
    let mut pushes = client.all_pushes();
    let chat = ChatHandlerClient::new(&client);
    let room = chat.join(Join { room }).await?;
    println!("* you are in {} with {}", room.room, room.people.join(", "));
    let mut lines = BufReader::new(stdin()).lines();
    loop {
        tokio::select! {
            push = pushes.next() => match push {
                Some(push) => println!("{}", told(&push)?),
                None => return Err(client.closed().await.into()),
            },
            line = lines.next_line() => match line? {
                Some(text) => chat.say(Line { text }).await.unwrap_or_else(|error| eprintln!("* {error}")),
                None => break,
            },
        }
    }
    client.close().await;
    Ok(())
}

/// Gets a token from the same port, in HTTP.
fn sign_in(name: &str, url: &str) -> Result<String, Box<dyn Error>> {
    let address = url.rsplit('/').next().unwrap_or_default();
    let mut stream = TcpStream::connect(address).map_err(|error| format!("{address}: {error}"))?;
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    write!(stream, "GET /sign-in?name={name} HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    let answer = read_to_string(stream)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("the server is no chat")?;
    if head.starts_with("HTTP/1.1 200") { Ok(body.to_owned()) } else { Err(body.into()) }
}

fn told(push: &client::Push) -> Result<String, serde_json::Error> {
    Ok(match &*push.route {
        OnLine::ROUTE => push.read().map(|OnLine { from, text }| format!("{from}: {text}"))?,
        OnCome::ROUTE => format!("* {} comes in", push.read::<OnCome>()?.name),
        OnLeave::ROUTE => format!("* {} leaves", push.read::<OnLeave>()?.name),
        other => format!("* {other}"),
    })
}
