//! Guesses from a terminal: a number a line.

use std::io::BufRead;

use connector::Json;
use connector::client::{Client, RequestError};
use serde::Serialize;

#[derive(Serialize)]
struct Guess<'a> {
    name: &'a str,
    number: u32,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "somebody".into());
    let client = Client::connect("ws://127.0.0.1:3011").await?;
    let mut found = client.pushes::<Json<(String, u32)>>("onFound");
    tokio::spawn(async move {
        while let Some(Ok(Json((name, number)))) = found.next().await {
            println!("{name} found {number}; there is a new number");
        }
    });
    println!("a number from 1 to 100?");
    for line in std::io::stdin().lock().lines() {
        let Ok(number) = line?.trim().parse() else { continue };
        let guess = Guess { name: &name, number };
        match client.request::<Json<String>>("game.guessHandler.guess", Json(&guess)).await {
            Ok(Json(hint)) => println!("{hint}"),
            Err(RequestError::Server(error)) => println!("{}", error.message),
            Err(error) => return Err(error.into()),
        }
    }
    client.close().await;
    Ok(())
}
