//! The chat in a terminal, over TCP.

use std::error::Error;

use connector::Client;
use connector::proto::Push;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, stdin};
use tokio::net::TcpStream;

use crate::chat::{ChatHandlerClient, Join, Line, OnCome, OnLeave, OnLine};

pub(crate) async fn join(name: &str, room: String, url: &str) -> Result<(), Box<dyn Error>> {
    let token = sign_in(name, url).await?;
    let client = Client::builder().user(serde_json::json!({ "token": token })).connect(url).await?;
    // All of them in one, so that they keep their order.
    let mut pushes = client.all_pushes();
    let chat = ChatHandlerClient::new(&client);
    let room = chat.join(Join { room }).await?;
    println!("* you are in {} with {}", room.room, room.people.join(", "));
    let mut lines = BufReader::new(stdin()).lines();
    loop {
        tokio::select! {
            push = pushes.next() => match push {
                Some(push) => match &*push.route {
                    OnLine::ROUTE => {
                        let OnLine { from, text } = push.read()?;
                        println!("{from}: {text}");
                    }
                    OnCome::ROUTE => println!("* {} comes in", push.read::<OnCome>()?.name),
                    OnLeave::ROUTE => println!("* {} leaves", push.read::<OnLeave>()?.name),
                    _ => {}
                },
                None => return Err(client.closed().await.into()),
            },
            line = lines.next_line() => match line? {
                Some(text) if text.trim().is_empty() => {}
                Some(text) => {
                    if let Err(error) = chat.say(Line { text }).await {
                        eprintln!("* {error}");
                    }
                }
                None => return Ok(client.close().await),
            },
        }
    }
}

/// Gets a token from the same port, in HTTP.
async fn sign_in(name: &str, url: &str) -> Result<String, Box<dyn Error>> {
    let address = url.split_once("://").map_or(url, |(_, address)| address);
    let mut stream = TcpStream::connect(address)
        .await
        .map_err(|error| format!("cannot connect to {address}: {error}"))?;
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    let request = format!("GET /sign-in?name={name} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    match answer.split_once("\r\n\r\n") {
        Some((head, token)) if head.starts_with("HTTP/1.1 200") => Ok(token.to_owned()),
        Some((_, why)) => Err(why.into()),
        None => Err(format!("{address} is no chat").into()),
    }
}
