//! The memory that a plugin can make its engine hold, within the default options.

use tokio::runtime::Runtime;

use super::plugin::{self, HEARD};
use super::raw_end::{LONG, RawEnd, frame};
use super::{ALLOCATOR, BAR, mib};

/// What an end of a connection sends, by name.
pub(crate) type Messages = (&'static str, fn() -> Vec<u8>);

const MESSAGES: &[Messages] = &[
    ("a long event", || {
        let text = "x".repeat(LONG);
        frame(&format!(r#"{{"action":"emit","key":"k","payload":["{text}"]}}"#))
    }),
    ("a long event on many lines", || {
        let lines = "\n".repeat(LONG);
        frame(&format!(r#"{{"action":"emit","key":"k","payload":[{lines}]}}"#))
    }),
    ("many unknown fields", || {
        let fields: String = (0..1_000_000).map(|n| format!(r#","{n}":0"#)).collect();
        frame(&format!(r#"{{"action":"emit"{fields}}}"#))
    }),
    ("a long list of methods", || {
        let methods = vec![r#""""#; LONG / 3].join(",");
        plugin::methods(1, &format!("[{methods}]"))
    }),
    ("long calls of other plugins", || {
        let text = "x".repeat(1_000_000);
        let call = format!(
            r#"{{"action":"request","name":"other","key":"k","id":1,"payload":["{text}"]}}"#
        );
        frame(&call).repeat(100)
    }),
    ("a call of a method with a long name", || {
        let key = "x".repeat(LONG - 100);
        frame(&format!(
            r#"{{"action":"request","name":"other","key":"{key}","id":1,"payload":[]}}"#
        ))
    }),
    ("many calls of other plugins", || {
        let call = r#"{"action":"request","name":"other","key":"k","id":1,"payload":[]}"#;
        frame(call).repeat(50_000)
    }),
    ("many subscriptions", || {
        let event = |n| frame(&format!(r#"{{"action":"on","name":"n","key":"{n}"}}"#));
        (0..50_000).flat_map(event).collect()
    }),
    ("long last values", || {
        let text = "x".repeat(1_000_000);
        let event = |n| frame(&format!(r#"{{"action":"emit","key":"{n}","payload":["{text}"]}}"#));
        (0..HEARD).flat_map(event).collect()
    }),
];

/// Returns the names of the messages for which an engine holds too much: alone, more than
/// three times what the longest has.
pub(crate) fn over(runtime: &Runtime) -> Vec<&'static str> {
    let mut over = Vec::new();
    for (name, messages) in MESSAGES {
        let messages = messages();
        let (mut plugin, alone) = plugin::connect(runtime);
        let by_one = held(&mut plugin, &messages);
        drop(plugin);
        runtime.block_on(alone.disconnect());

        let (mut plugin, engine) = plugin::connect_engine(runtime);
        let by_all = held(&mut plugin, &messages);
        drop(plugin);
        runtime.block_on(engine.stop(std::time::Duration::ZERO));
        println!("{:6.1} MiB of a plugin's side held by {name}", mib(by_one));
        println!("{:6.1} MiB of an engine held by {name}", mib(by_all));
        if by_one > 3 * LONG || by_all > BAR {
            over.push(*name);
        }
    }
    over
}

/// Returns how much more the other end holds at most while it handles these messages.
pub(crate) fn held(end: &mut RawEnd, messages: &[u8]) -> usize {
    end.say(&[]);
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    end.say(messages);
    ALLOCATOR.peak_usage().saturating_sub(before)
}
