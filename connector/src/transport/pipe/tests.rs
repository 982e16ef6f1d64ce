use std::future::poll_fn;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Pipe, PipeDialer};
use crate::connector::{Dial, Listen, StartError};

fn name(test: &str) -> String {
    format!("connector-{test}-{}", std::process::id())
}

#[tokio::test]
async fn clients_come_one_after_another_and_bytes_go_both_ways() {
    let name = name("bytes");
    let mut pipe = Pipe::from(&*name);
    pipe.bind().await.unwrap();
    for _ in 0..3 {
        let dial = PipeDialer::new();
        let (dialed, accepted) =
            tokio::join!(dial.connect(&name), poll_fn(|cx| pipe.poll_accept(cx)));
        let (mut client, mut server) = (dialed.unwrap().0, accepted.unwrap().0);
        client.write_all(b"ping").await.unwrap();
        let mut bytes = [0; 4];
        server.read_exact(&mut bytes).await.unwrap();
        server.write_all(&bytes).await.unwrap();
        client.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"ping");
        drop(client);
        assert_eq!(server.read(&mut bytes).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_name_has_one_listener() {
    let name = name("one");
    let mut first = Pipe::from(&*name);
    first.bind().await.unwrap();
    let mut second = Pipe::from(&*name);
    let taken = second.bind().await.unwrap_err();
    assert!(matches!(taken, StartError::InUse(_)), "{taken:?}");
    first.close();
    second.bind().await.unwrap();
}

#[tokio::test]
async fn nobody_answers_at_a_name_without_a_listener() {
    let error = PipeDialer::new().connect("connector-nobody").await.unwrap_err().to_string();
    assert!(error.starts_with(r"cannot connect to \\.\pipe\connector-nobody: "), "{error}");
}
