//! A route of pushes takes bodies of its own type only.

use connector::prelude::*;
use connector::proto::PushRoute;

const ON_JOIN: PushRoute<Json<String>> = PushRoute::new("onJoin");

fn welcome(session: &Session, client: &Client) {
    let _ = session.push(ON_JOIN, Json(7));
    let _ = client.pushes::<Raw>(ON_JOIN);
}

fn main() {}
