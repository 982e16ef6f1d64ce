//! The chat in a terminal, over TCP.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use connector::client::{Client, ConnectionState};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

use crate::chat::{ChatHandlerClient, Join, Line, Pushes};

type AnyError = Box<dyn Error + Send + Sync>;

/// Talks until stdin ends. A connection that is lost comes back.
pub(crate) async fn join(name: &str, room: &str, url: &str) -> Result<(), Box<dyn Error>> {
    // The sign-in is on the same port, in HTTP.
    let door = Door { page: url.replacen("tcp", "http", 1), name: name.into(), ..Door::default() };
    let entering = Join { room: room.into() };
    let client = Client::builder()
        .user_with(move || door.clone().sign_in())
        .on_open(move |client| {
            let entering = entering.clone();
            async move {
                let room = ChatHandlerClient::new(&client).join(entering).await?;
                println!("* you are in {} with {}", room.room, room.people.join(", "));
                Ok::<_, AnyError>(())
            }
        })
        .connect(url)
        .await?;
    let talk = async {
        let chat = ChatHandlerClient::new(&client);
        let mut lines = BufReader::new(stdin()).lines();
        while let Some(text) = lines.next_line().await? {
            chat.say(Line { text }).await.unwrap_or_else(|error| eprintln!("* {error}"));
        }
        Ok(())
    };
    tokio::select! {
        end = talk => end,
        () = listen(&client, name) => Err(client.closed().await.into()),
    }
}

/// Prints what happens in the room, until the client has closed.
async fn listen(client: &Client, name: &str) {
    let mut pushes = client.pushes_of::<Pushes>();
    let mut states = client.states();
    loop {
        tokio::select! {
            push = pushes.next() => match push {
                // One's own line is on the screen already.
                Some(Ok(Pushes::OnLine(line))) if line.from == name => {}
                Some(Ok(Pushes::OnLine(line))) => println!("{}: {}", line.from, line.text),
                Some(Ok(Pushes::OnCome(come))) => println!("* {} comes in", come.name),
                Some(Ok(Pushes::OnLeave(leave))) => println!("* {} leaves", leave.name),
                Some(Err(error)) => eprintln!("* {error}"),
                None => return,
            },
            Some(state) = states.next() => if let ConnectionState::Lost { attempt: 1, .. } = state {
                println!("* the connection is lost, trying again");
            },
        }
    }
}

/// The sign-in, which keeps its token: whoever returns with it was never away.
#[derive(Clone, Default)]
struct Door {
    page: String,
    name: String,
    token: Arc<Mutex<String>>,
}

impl Door {
    async fn sign_in(self) -> Result<Value, AnyError> {
        let asked = tokio::task::spawn_blocking(move || self.ask());
        Ok(json!({ "token": asked.await?? }))
    }

    fn ask(&self) -> Result<String, AnyError> {
        let Self { page, name, token } = self;
        let mut token = token.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = minreq::get(format!("{page}/sign-in"))
            .with_param("name", name.as_str())
            .with_param("token", token.as_str())
            .with_timeout(5)
            .send()
            .map_err(|error| format!("no chat at {page}, start one: {error}"))?;
        if answer.status_code != 200 {
            return Err(answer.as_str()?.into());
        }
        *token = answer.as_str()?.to_owned();
        Ok(token.clone())
    }
}
