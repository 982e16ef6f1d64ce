//! Names that are something in Rust, and options of the generator.
#![allow(clippy::unwrap_used)]

use connector::handler::{Cx, Handler, HandlerError};
use connector_tests_generated::awkward::r#type::v1::{
    self as awkward, Self_, SelfClient, SelfServer,
};
use connector_tests_generated::fixtures;

struct Service;

impl Self_ for Service {
    type Error = HandlerError;

    async fn new(
        &self,
        _: Cx<'_>,
        option: awkward::Option,
    ) -> Result<awkward::Result, HandlerError> {
        let some = awkward::result::Some::Fn(option.r#type);
        Ok(awkward::Result { r#match: awkward::result::Ok::None.into(), some: Some(some) })
    }

    async fn call(&self, _: Cx<'_>) -> Result<awkward::Str, HandlerError> {
        Ok(awkward::Str::default())
    }

    async fn r#match(&self, _: Cx<'_>, _: awkward::Box) -> Result<(), HandlerError> {
        Ok(())
    }

    async fn clone(&self, _: Cx<'_>) -> Result<(), HandlerError> {
        Ok(())
    }

    async fn self_(&self, _: Cx<'_>) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[test]
fn keywords_keep_their_names_on_the_wire() {
    let routes = <SelfServer<Service> as Handler>::ROUTES.iter().map(|route| route.route);
    let expected =
        ["new", "call", "match", "clone", "self"].map(|name| format!("awkward.self.{name}"));
    assert!(routes.eq(expected));
    assert_eq!(awkward::self_routes::SELF, "awkward.self.self");
    let option = awkward::Option { r#type: "a".into(), self_: "b".into() };
    assert_eq!(serde_json::to_string(&option).unwrap(), r#"{"type":"a","self":"b"}"#);
}

#[test]
fn a_client_has_all_methods() {
    // Never called: that it is Rust is the test.
    async fn calls(client: SelfClient) -> Result<(), connector::client::RequestError> {
        client.new_(awkward::Option::default()).await?;
        client.call().await?;
        client.r#match(awkward::Box::default()).await?;
        client.clone().await?;
        client.self_().await
    }
    let _ = calls;
}

#[test]
fn packages_use_each_other() {
    use fixtures::packages::{chat, common};
    let line = || Some(common::Line { text: "hi".into() });
    let line = chat::Line { line: line(), by: Some(chat::admin::Line { line: line() }) };
    let text = r#"{"line":{"text":"hi"},"by":{"line":{"text":"hi"}}}"#;
    assert_eq!(serde_json::to_string(&line).unwrap(), text);
}

#[test]
fn what_has_no_package_stands_where_it_is_included() {
    use fixtures::no_package::{Word, talk_routes};
    assert_eq!(talk_routes::SAY, "talk.talk.say");
    assert_eq!(serde_json::to_string(&Word {}).unwrap(), "{}");
}

#[test]
fn prost_can_be_configured() {
    use connector_tests_generated::configured::{Fields, Level, Mode, fields};
    use connector_tests_generated::elsewhere::Point;
    let deep = fields::One::Deep(Box::default());
    let fields = Fields {
        needed: 0,
        maybe: Some(0),
        data: vec![1].into(),
        more: [("b".into(), vec![2].into()), ("a".into(), vec![].into())].into(),
        inner: Some(fields::Inner { level: Some(Level::Low.into()) }),
        points: vec![Point { x: 1 }],
        modes: [("c".into(), Mode::Fast.into())].into(),
        places: [(1, Point { x: 2 })].into(),
        one: Some(deep),
    };
    let text = concat!(
        r#"{"needed":0,"maybe":"0","data":"AQ==","more":{"a":"","b":"Ag=="},"inner":{"level":"LOW"},"#,
        r#""deep":{"needed":0,"data":""},"points":[{"x":1}],"modes":{"c":"FAST"},"places":{"1":{"x":2}}}"#
    );
    assert_eq!(serde_json::to_string(&fields).unwrap(), text);
    assert_eq!(serde_json::from_str::<Fields>(text).unwrap(), fields);
    // Prost's own `Debug` of an ordered map would name the crate `prost`.
    assert!(format!("{fields:?}").contains("modes: {\"c\": 2}"), "{fields:?}");
}

#[test]
fn letters_that_generics_have_elsewhere_are_names() {
    use awkward::s::{A, D, T};
    use awkward::{A as Service, C, D as Other, S};
    struct Letters;
    impl Service for Letters {
        type Error = HandlerError;

        async fn s(&self, _: Cx<'_>, _: S) -> Result<awkward::T, HandlerError> {
            Ok(awkward::T {})
        }
        async fn t(&self, _: Cx<'_>, _: awkward::T) -> Result<C, HandlerError> {
            Ok(C {})
        }
        async fn _1(&self, _: Cx<'_>, _: C) -> Result<C, HandlerError> {
            Ok(C {})
        }
    }
    let routes = awkward::AServer::<Letters>::ROUTES.iter().map(|route| route.route);
    assert!(routes.eq(["awkward.a.s", "awkward.a.t", "awkward.a.1"]));
    assert_eq!(awkward::_1st_routes::GO, "awkward.1st.go");
    let other = Other { t: vec![1], a: [("x".to_owned(), 1)].into() };
    let s = S { a: Some(A { d: Some(other) }), t: 1, d: Some(D::S(T::V.into())) };
    let text = r#"{"a":{"D":{"T":["W"],"A":{"x":"W"}}},"t":"W","s":"V"}"#;
    assert_eq!(serde_json::to_string(&s).unwrap(), text);
    assert_eq!(serde_json::from_str::<S>(text).unwrap(), s);
}
