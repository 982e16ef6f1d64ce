use serde_json::json;

use super::super::{Payload, Profile};

#[test]
fn keeps_every_field_and_unknown_ones() {
    let all = json!({
        "name": "compiler", "displayName": "Compiler", "methods": ["compile"], "events": [],
        "permission": true, "hash": "h", "description": "d", "documentation": "doc",
        "version": "1", "kind": "k", "canActivate": ["editor"], "icon": "i",
        "maintainedBy": "m", "author": "a", "repo": "r", "authorContact": "c",
        "location": "sidePanel", "url": "ws://127.0.0.1:1",
        "notifications": {"solidity": ["compilationFinished"]},
        "targets": ["remix", {"x": null}],
    });
    let profile: Profile = serde_json::from_value(all.clone()).unwrap();
    assert_eq!(profile.display_name.as_deref(), Some("Compiler"));
    assert_eq!(profile.can_activate.as_deref(), Some(&["editor".to_owned()][..]));
    assert!(profile.exposes("compile") && !profile.exposes("finished"));
    assert_eq!(profile.extra["targets"], json!(["remix", {"x": null}]));
    assert_eq!(serde_json::to_value(&profile).unwrap(), all);
}

#[test]
fn absent_fields_stay_absent() {
    let bare = Payload::of(&Profile::new("bare")).unwrap();
    assert_eq!(bare.as_str(), r#"{"name":"bare"}"#);
    assert_eq!(bare.parse::<Profile>().unwrap(), Profile::new("bare"));
    assert!(serde_json::from_str::<Profile>("{}").is_err());
}

#[test]
fn builds() {
    let built = Profile::new("p")
        .methods(["a", "b"])
        .url("ws://x")
        .permission(false)
        .notifications("host", ["tick"])
        .notifications("host", ["tock"]);
    assert_eq!(
        serde_json::to_value(&built).unwrap(),
        json!({
            "name": "p", "methods": ["a", "b"], "url": "ws://x", "permission": false,
            "notifications": {"host": ["tick", "tock"]},
        })
    );
}

#[test]
fn decentralised_addresses_lead_to_gateways() {
    let at = |url: &str| Profile::new("p").url(url).gateway().unwrap();
    assert_eq!(at("ipfs://Qm/x"), "https://p.dyn.plugin.remixproject.org/ipfs/Qm/x");
    assert_eq!(at("swarm://ab"), "https://swarm-gateways.net/bzz-raw://ab");
    assert_eq!(at("ws://127.0.0.1:1/a"), "ws://127.0.0.1:1/a");
    assert_eq!(Profile::new("p").gateway(), None);
}
