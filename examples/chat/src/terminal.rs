//! The chat in a terminal, over TCP.

use std::error::Error;

use connector::client::{Client, Reconnect};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

use crate::chat::{ChatHandlerClient, Join, Line, OnCome, OnLeave, OnLine};

/// Talks until stdin or the connection ends.
pub(crate) async fn join(name: &str, room: &str, url: &str) -> Result<(), Box<dyn Error>> {
    // The sign-in is on the same port, in HTTP.
    let page = url.replacen("tcp", "http", 1);
    let answer = minreq::get(format!("{page}/sign-in")).with_param("name", name).send();
    let answer = answer.map_err(|error| format!("no chat at {page}, start one: {error}"))?;
    if answer.status_code != 200 {
        return Err(answer.as_str()?.into());
    }
    let user = json!({ "token": answer.as_str()? });
    // Another server would not know the token.
    let builder = Client::builder().user(user).reconnect(Reconnect::never());
    let client = builder.connect(url).await?;
    let listener = client
        .listen()
        .on(OnLine::ROUTE, |OnLine { from, text }| println!("{from}: {text}"))
        .on(OnCome::ROUTE, |OnCome { name }| println!("* {name} comes in"))
        .on(OnLeave::ROUTE, |OnLeave { name }| println!("* {name} leaves"));
    let chat = ChatHandlerClient::new(&client);
    let room = chat.join(Join { room: room.into() }).await?;
    println!("* you are in {} with {}", room.room, room.people.join(", "));
    let talk = async {
        let mut lines = BufReader::new(stdin()).lines();
        while let Some(text) = lines.next_line().await? {
            chat.say(Line { text }).await.unwrap_or_else(|error| eprintln!("* {error}"));
        }
        Ok(())
    };
    listener.during(talk).await?
}
