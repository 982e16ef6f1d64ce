//! Everything that a plugin does, whatever its transport is.

use super::Engine;

/// The milliseconds of `--timeout` for [`times_out`].
pub(crate) const TIMEOUT: &str = "3000";

/// Calls every method of the released plugin.
pub(crate) async fn calls(engine: &mut Engine, way: &str) {
    for (method, arguments, told) in [
        ("add", "[3, 4]", "= 7"),
        ("echo", r#"[{"a": ["é😀\n", null]}]"#, r#"= {"a":["é😀\n",null]}"#),
        ("fail", r#"["bööm"]"#, "failed: bööm"),
        ("none", "[]", "= null"),
        ("slow", r#"[20, "x"]"#, r#"= "x""#),
        ("whoCalled", "[]", r#"= {"from":"manager","path":"remote"}"#),
        ("callOther", r#"["host", "whoCalled"]"#, r#"= {"from":"remote","path":"host"}"#),
        ("callOther", r#"["host", "fail", "no"]"#, "failed: Error from IDE : no"),
        (
            "callOther",
            r#"["ghost", "x"]"#,
            "failed: Error from IDE : Cannot call ghost from remote, because ghost is not registered",
        ),
        (
            "callAndCancel",
            r#"[30, "host", "slow", 60000]"#,
            r#"= "[CANCEL] Canceled call slow from remote""#,
        ),
    ] {
        assert_eq!(engine.call("remote", method, arguments).await, told, "{way}");
    }
    let missing = engine.call("remote", "fly", "[]").await;
    assert!(
        missing.starts_with(
            r#"failed: Cannot call method "fly" of "remote" from "manager", because "fly" is not exposed."#
        ),
        "{way}: {missing}"
    );
}

/// Makes a hundred calls at once, which run one after the other.
pub(crate) async fn runs_in_order(engine: &mut Engine, way: &str) {
    engine.call("host", "heard", "[]").await;
    for n in 0..100 {
        engine.say(&format!("call remote emitEvent [\"ping\", {n}]")).await;
    }
    for _ in 0..100 {
        assert_eq!(engine.until("remote.emitEvent ").await, "= true", "{way}");
    }
    let heard: Vec<_> = (0..100).map(|n| format!("[{n}]")).collect();
    let heard = format!("= [{}]", heard.join(","));
    assert_eq!(engine.call("host", "heard", "[]").await, heard, "{way}");
}

/// Sends events both ways. The plugin keeps the payloads since it last began to listen.
pub(crate) async fn events(engine: &mut Engine, way: &str) {
    engine.call("host", "heard", "[]").await;
    for arguments in [r#"["ping", 1, "x"]"#, r#"["ping"]"#] {
        assert_eq!(engine.call("remote", "emitEvent", arguments).await, "= true", "{way}");
    }
    assert_eq!(engine.call("host", "heard", "[]").await, r#"= [[1,"x"],[]]"#, "{way}");
    assert_eq!(engine.call("host", "heard", "[]").await, "= []", "{way}");
    for (plugin, method, arguments, received) in [
        ("remote", "listenTo", r#"["host", "tick"]"#, "[]"),
        ("host", "fire", r#"["tick", 1, {"a": 2}]"#, r#"[[1,{"a":2}]]"#),
        // The last value is for who listens later.
        ("remote", "listenTo", r#"["host", "tick"]"#, r#"[[1,{"a":2}]]"#),
        ("host", "fire", r#"["tick", 2]"#, r#"[[1,{"a":2}],[2]]"#),
        ("remote", "offFrom", r#"["host", "tick"]"#, r#"[[1,{"a":2}],[2]]"#),
        ("host", "fire", r#"["tick", 3]"#, r#"[[1,{"a":2}],[2]]"#),
        ("remote", "onceTo", r#"["host", "tick"]"#, "[[3]]"),
        ("host", "fire", r#"["tick", 4]"#, "[[3]]"),
    ] {
        engine.call(plugin, method, arguments).await;
        let told = engine.call("remote", "received", r#"["host", "tick"]"#).await;
        assert_eq!(told, format!("= {received}"), "{way}: {plugin}.{method}({arguments})");
    }
}

/// Lets the plugin send what no engine expects. What it has heard shows that it is still the
/// same connection.
pub(crate) async fn survives_junk(engine: &mut Engine, way: &str) {
    engine.call("remote", "listenTo", r#"["host", "tock"]"#).await;
    engine.call("host", "fire", r#"["tock", 1]"#).await;
    assert_eq!(engine.call("remote", "sendJunk", "[]").await, "= 17", "{way}");
    assert_eq!(engine.call("remote", "add", "[5, 6]").await, "= 11", "{way}");
    let received = engine.call("remote", "received", r#"["host", "tock"]"#).await;
    assert_eq!(received, "= [[1]]", "{way}");
    engine.call("remote", "offFrom", r#"["host", "tock"]"#).await;
}

/// Makes calls that take longer than [`TIMEOUT`], whose ends arrive while others run.
pub(crate) async fn times_out(engine: &mut Engine, way: &str) {
    for (method, arguments) in [("slow", r#"[3700, "late"]"#), ("failLate", r#"[3700, "late"]"#)] {
        let told = format!("failed: [TIMEOUT] Timeout for call {method} from manager");
        assert_eq!(engine.call("remote", method, arguments).await, told, "{way}");
        assert_eq!(
            engine.call("remote", "slow", r#"[1000, "next"]"#).await,
            r#"= "next""#,
            "{way}"
        );
        assert_eq!(engine.call("remote", "add", "[1, 2]").await, "= 3", "{way}");
    }
}

/// Cancels calls, one that runs and one that waits. The answer to the first arrives while the
/// next one runs.
pub(crate) async fn cancels(engine: &mut Engine, way: &str) {
    for arguments in [r#"[1200, "late"]"#, r#"[0, "queued"]"#] {
        engine.say(&format!("call remote slow {arguments}")).await;
    }
    engine.say("cancel remote slow").await;
    for _ in 0..2 {
        let told = "failed: [CANCEL] Canceled call slow from manager";
        assert_eq!(engine.until("remote.slow ").await, told, "{way}");
    }
    let next = engine.call("remote", "slow", r#"[1800, "next"]"#).await;
    assert_eq!(next, r#"= "next""#, "{way}");
    engine.say("cancel remote").await;
    assert_eq!(engine.call("remote", "add", "[1, 2]").await, "= 3", "{way}");
}
