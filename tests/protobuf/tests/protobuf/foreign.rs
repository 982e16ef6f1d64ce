//! Schemas with the features of those that others have published.

use connector_tests_protobuf::foreign::envoy::config::core::v3::{
    Metadata, Node, TypedExtensionConfig, node,
};
use connector_tests_protobuf::foreign::envoy::r#type::v3::SemanticVersion;
use connector_tests_protobuf::foreign::foreign::tx::v1beta1::{
    AnyValue, ArrayValue, HoloPokemonId, PokemonProto, Tx, TxBody, any_value,
};
use prost::Message;
use serde_json::{from_str, from_value, json, to_value};

/// Writes a message as this JSON, and reads it back as the same.
fn round_trip<M>(message: &M, json: serde_json::Value)
where
    M: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    assert_eq!(to_value(message).unwrap(), json);
    assert_eq!(&from_value::<M>(json).unwrap(), message);
}

/// An `Any` with the message of this name.
macro_rules! any {
    ($name:literal, $message:expr) => {{
        let type_url = concat!("type.googleapis.com/", $name).to_owned();
        prost_types::Any { type_url, value: $message.encode_to_vec() }
    }};
}

#[test]
fn an_any_holds_messages_of_the_schema_and_others() {
    let version = SemanticVersion { major_number: 3, range: None };
    let known = any!("envoy.type.v3.SemanticVersion", version);
    let nested = any!("google.protobuf.Any", known.clone());
    let lasts = any!("google.protobuf.Duration", prost_types::Duration { seconds: 1, nanos: 0 });
    let empty = any!("google.protobuf.Empty", ());
    let unknown = prost_types::Any { type_url: "x/other.Unknown".into(), value: vec![8, 1] };
    let nameless = prost_types::Any { type_url: "other".into(), value: vec![8, 1] };
    let untyped = prost_types::Any { type_url: String::new(), value: vec![8, 1] };
    let nothing = prost_types::Any::default();
    let body = TxBody {
        messages: vec![known, nested, lasts, empty, unknown, nameless, untyped, nothing],
        memo: String::new(),
    };
    let version =
        json!({"@type": "type.googleapis.com/envoy.type.v3.SemanticVersion", "majorNumber": 3});
    round_trip(
        &body,
        json!({"messages": [
            version,
            {"@type": "type.googleapis.com/google.protobuf.Any", "value": version},
            {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"},
            {"@type": "type.googleapis.com/google.protobuf.Empty"},
            {"@type": "x/other.Unknown", "@bytes": "CAE="},
            {"@type": "other", "@bytes": "CAE="},
            {"@type": "", "@bytes": "CAE="},
            {},
        ]}),
    );
    // The type may come last.
    let last =
        json!({"messages": [{"majorNumber": 3, "@type": "x/envoy.type.v3.SemanticVersion"}]});
    assert_eq!(from_value::<TxBody>(last).unwrap().messages[0].value, [8, 3]);
}

#[test]
fn an_any_that_cannot_be_read_says_why() {
    for (any, why) in [
        (json!({"majorNumber": 3}), "has the address of its type as `@type`"),
        (json!({"@type": "SemanticVersion"}), "`SemanticVersion` is not the address of a type"),
        (
            json!({"@type": "x/other.Unknown", "a": 1}),
            "`other.Unknown` in an `Any` is not in the schema",
        ),
        (json!({"@type": "x/google.protobuf.Duration"}), "`value` is missing"),
        (json!({"@type": "x/envoy.type.v3.SemanticVersion", "majorNumber": "x"}), "invalid value"),
    ] {
        let error = from_value::<TxBody>(json!({"messages": [any]})).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    let version = r#""@type": "x/envoy.type.v3.SemanticVersion""#;
    for (any, member) in [
        (format!(r#"{{{version}, "majorNumber": 1, "majorNumber": 1}}"#), "majorNumber"),
        (format!("{{{version}, {version}}}"), "@type"),
        (format!(r#"{{"a": [{{"b": {{}}, "b": 1}}], {version}}}"#), "b"),
    ] {
        let error = from_str::<TxBody>(&format!(r#"{{"messages": [{any}]}}"#)).unwrap_err();
        let why = format!("member `{member}` is there twice");
        assert!(error.to_string().contains(&why), "{error}");
    }
    assert!(from_value::<TxBody>(json!({"messages": [[]]})).is_err());
    let type_url = "x/envoy.type.v3.SemanticVersion".to_owned();
    let broken = prost_types::Any { type_url, value: vec![8] };
    let error = to_value(TxBody { messages: vec![broken], memo: String::new() }).unwrap_err();
    assert!(error.to_string().contains("are not of its type"), "{error}");
}

#[test]
fn what_an_any_holds_is_not_nested_without_end() {
    let mut any = prost_types::Any::default();
    let nested = |any: &prost_types::Any| {
        to_value(TxBody { messages: vec![any.clone()], memo: String::new() })
    };
    for _ in 0..15 {
        any = any!("google.protobuf.Any", any);
    }
    nested(&any).unwrap();
    for _ in 0..1_000 {
        any = any!("google.protobuf.Any", any);
    }
    let error = nested(&any).unwrap_err();
    assert!(error.to_string().contains("which is the limit"), "{error}");
}

#[test]
fn options_of_others_change_nothing() {
    let version = SemanticVersion { major_number: 1, range: None };
    let node = Node {
        id: "n".into(),
        user_agent_version_type: Some(node::UserAgentVersionType::UserAgentBuildVersion(version)),
        weight: Some(7),
        timeout: Some(prost_types::Duration { seconds: 0, nanos: 500_000_000 }),
        extensions: vec![TypedExtensionConfig { name: "a".into(), typed_config: None }],
    };
    let tx = Tx { body: None, signatures: vec![vec![1]], node: Some(node), time: None };
    round_trip(
        &tx,
        json!({"signatures": ["AQ=="], "node": {
            "id": "n", "userAgentBuildVersion": {"majorNumber": 1}, "weight": 7, "timeout": "0.500s",
            "extensions": [{"name": "a"}],
        }}),
    );
    round_trip(&Metadata::default(), json!({}));
}

#[test]
fn values_within_values_and_enums_of_games() {
    let text = AnyValue { value: Some(any_value::Value::StringValue(String::new())) };
    let array = any_value::Value::ArrayValue(ArrayValue { values: vec![text] });
    round_trip(
        &AnyValue { value: Some(array) },
        json!({"arrayValue": {"values": [{"stringValue": ""}]}}),
    );
    let pokemon = PokemonProto {
        id: 1,
        pokemon_id: HoloPokemonId::Bulbasaur.into(),
        pokemon_id2: HoloPokemonId::FormUnset.into(),
        iv_attack: 15,
        buddies: [(4, 1)].into(),
        candies: vec![0, -1],
    };
    let written = json!({
        "id": "1", "pokemonId": "BULBASAUR", "pokemonId2": "FORM_UNSET", "IVAttack": 15,
        "buddies": {"4": "BULBASAUR"}, "Candies": ["MISSINGNO", "FORM_UNSET"],
    });
    round_trip(&pokemon, written);
    let alias = json!({"pokemonId": "V0001_POKEMON_BULBASAUR"});
    assert_eq!(from_value::<PokemonProto>(alias).unwrap().pokemon_id, 1);
}
