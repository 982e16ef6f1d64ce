//! The caches of handshakes.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::game::serve;
use crate::client::{Client, ClientBuilder, HandshakeCache};
use crate::protocol::pomelo::handshake::{Cached, ClientInfo, Request};
use crate::protocol::session::Answer;
use crate::server::Server;
use crate::{Json, PomeloSchemas};

/// The versions of dictionary and schemas that clients have sent.
type Versions = Arc<Mutex<Vec<(Option<String>, Option<String>)>>>;

fn schemas() -> PomeloSchemas {
    let schema = r#"{ "game.cacheHandler.next": { "required uInt32 n": 1 } }"#;
    PomeloSchemas::parse(schema, schema).unwrap()
}

/// A server with a dictionary and schemas, which notes the versions.
fn server() -> (crate::ServerBuilder, Versions) {
    let versions = Versions::default();
    let noted = versions.clone();
    let server = Server::builder()
        .route("game.cacheHandler.next", async |Json(body): Json<Value>| {
            Json(json!({ "n": body["n"].as_u64().unwrap_or_default() + 1 }))
        })
        .number_routes(["onPush"])
        .protos(schemas())
        .on_handshake(move |_, hello| {
            let client: &ClientInfo = hello.client.details.get().unwrap();
            let said = (client.dict_version.clone(), client.proto_version.clone());
            noted.lock().unwrap().push(said);
            async { Answer::Accept { user: None } }
        });
    (server, versions)
}

/// What pomelo's clients say of themselves, so that the server sends schemas.
fn builder() -> ClientBuilder {
    Client::builder().handshake(Request::new("js-websocket", "0.0.1"))
}

async fn works(client: &Client) {
    let body = Json(json!({ "n": 1 }));
    let Json(answer): Json<Value> = client.request("game.cacheHandler.next", body).await.unwrap();
    assert_eq!(answer, json!({ "n": 2 }));
}

#[tokio::test]
async fn later_connections_have_what_the_first_one_got() {
    let (server, versions) = server();
    let table = serve(server).await;
    let builder = builder();
    let first = table.try_client(builder.clone()).await.unwrap();
    works(&first).await;
    let second = table.try_client(builder).await.unwrap();
    works(&second).await;
    let dictionary = first.welcome().dictionary.clone().unwrap();
    assert_eq!(second.welcome().dictionary, Some(dictionary.clone()));
    let kept = (dictionary.version.clone(), Some(schemas().version().to_owned()));
    assert_eq!(*versions.lock().unwrap(), [(None, None), kept]);
    // New schemas replace the old ones.
    let handle = table.server.handle();
    let changed = r#"{ "game.cacheHandler.next": { "required uInt32 n": 9 } }"#;
    handle.set_protos(PomeloSchemas::parse(changed, changed).unwrap());
    let third = table.try_client(self::builder()).await.unwrap();
    works(&third).await;
    assert_eq!(
        third.welcome().agreement.schemas().unwrap().protos().server["game.cacheHandler.next"]["n"]
            ["tag"],
        9
    );
}

/// A cache that a program keeps in a file, or a browser in its storage.
#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<Vec<u8>>>>);

impl HandshakeCache for Text {
    fn load(&self) -> Cached {
        self.0.lock().unwrap().last().map_or_else(Cached::default, |text| Cached::parse(text))
    }

    fn store(&self, cached: &Cached) {
        self.0.lock().unwrap().push(cached.encode());
    }
}

#[tokio::test]
async fn a_cache_of_ones_own_outlives_the_program() {
    let (server, versions) = server();
    let table = serve(server).await;
    let text = Text::default();
    for _ in 0..3 {
        // A builder of its own, as after a restart.
        let client = table.try_client(builder().handshake_cache(text.clone())).await.unwrap();
        works(&client).await;
    }
    assert_eq!(text.0.lock().unwrap().len(), 1, "the same is not stored again");
    let versions = versions.lock().unwrap();
    assert_eq!(versions[0], (None, None));
    assert_eq!(versions[1], versions[2]);
    assert_eq!(versions[1].1.as_deref(), Some(schemas().version()));
    assert!(versions[1].0.is_some());
}

#[tokio::test]
async fn a_cache_that_fails_costs_a_dictionary() {
    struct Broken;
    impl HandshakeCache for Broken {
        fn load(&self) -> Cached {
            panic!("no such file")
        }

        fn store(&self, _: &Cached) {
            panic!("the disk is full")
        }
    }
    let (server, versions) = server();
    let table = serve(server).await;
    works(&table.try_client(builder().handshake_cache(Broken)).await.unwrap()).await;
    assert_eq!(*versions.lock().unwrap(), [(None, None)]);
}
