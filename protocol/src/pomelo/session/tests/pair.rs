//! Both sides, talking to each other.

use super::*;

type Pair = (Side<ClientSession>, Side<ServerSession>);

/// Hands what one side wrote to the other, until both have nothing to say.
fn exchange((client, server): &mut Pair) -> Result<Vec<Seen>, CloseReason> {
    let mut seen = Vec::new();
    loop {
        let up = client.written();
        let down = server.written();
        if up.is_empty() && down.is_empty() {
            return Ok(seen);
        }
        let mut up = up.as_slice();
        let mut down = down.as_slice();
        while !up.is_empty() {
            let event = server.take(&mut up)?;
            if matches!(event, Seen::Hello(_)) {
                server.answer(accept())?;
            }
            seen.push(event);
        }
        while !down.is_empty() {
            seen.push(client.take(&mut down)?);
        }
    }
}

fn pair(config: ServerSettings) -> Pair {
    let mut pair = (client(), server(config));
    let seen = exchange(&mut pair).unwrap();
    let kinds = |seen: &Seen| matches!(seen, Seen::Opened(_));
    assert_eq!(seen.iter().filter(|seen| kinds(seen)).count(), 2, "{seen:?}");
    pair
}

#[test]
fn open_and_exchange_messages() {
    let mut pair = pair(every(SECOND));
    for (envelope, out) in
        [(pair.0.session.envelope(), &mut pair.0.out), (pair.1.session.envelope(), &mut pair.1.out)]
    {
        let mark = envelope.begin(out);
        out.extend_from_slice(b"hello");
        envelope.finish(mark, out).unwrap();
    }
    assert_eq!(exchange(&mut pair), Ok(vec![message("hello"), message("hello")]));
}

#[test]
fn keep_each_other_alive_for_hours() {
    let mut pair = pair(every(SECOND));
    for _ in 0..3600 {
        let (client, server) = &mut pair;
        let now = client.session.deadline().unwrap();
        assert!(now < server.session.deadline().unwrap());
        (client.now, server.now) = (now, now);
        client.tick().unwrap();
        exchange(&mut pair).unwrap();
    }
    assert_eq!(pair.0.now, 3600 * SECOND);
}

#[test]
fn notice_each_others_silence() {
    let (mut client, mut server) = pair(every(SECOND));
    assert_eq!(server.wait(), Err(CloseReason::HeartbeatTimeout));
    client.wait().unwrap();
    client.wait().unwrap();
    assert_eq!(client.wait(), Err(CloseReason::HeartbeatTimeout));
}

#[test]
fn hand_a_kick_over() {
    let mut pair = pair(every(SECOND));
    pair.1.kick(Some("bye"));
    assert_eq!(exchange(&mut pair), Err(CloseReason::Kicked(Some("bye".into()))));
}

#[test]
fn end_when_the_server_refuses() {
    let mut client = client();
    let mut server = server(every(SECOND));
    server.feed(&client.written()).unwrap();
    server.answer(Answer::Refuse { code: 403 }).unwrap_err();
    assert_eq!(client.feed(&server.written()), Err(CloseReason::Refused(403)));
}
