//! The memory that a plugin can make its engine hold, within the default options.

use super::plugin::{self, LONG};
use super::{ALLOCATOR, mib};

/// What a plugin sends, by name.
type Messages = (&'static str, fn() -> Vec<u8>);

const MESSAGES: &[Messages] = &[
    ("a long event", || {
        let text = "x".repeat(LONG);
        plugin::frame(&format!(r#"{{"action":"emit","key":"k","payload":["{text}"]}}"#))
    }),
    ("a long event on many lines", || {
        let lines = "\n".repeat(LONG);
        plugin::frame(&format!(r#"{{"action":"emit","key":"k","payload":[{lines}]}}"#))
    }),
    ("many unknown fields", || {
        let fields: String = (0..1_000_000).map(|n| format!(r#","{n}":0"#)).collect();
        plugin::frame(&format!(r#"{{"action":"emit"{fields}}}"#))
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
        plugin::frame(&call).repeat(100)
    }),
    ("many subscriptions", || {
        let event = |n| plugin::frame(&format!(r#"{{"action":"on","name":"n","key":"{n}"}}"#));
        (0..50_000).flat_map(event).collect()
    }),
];

/// Returns the names of the messages for which an engine holds more than three times what
/// the longest has.
pub(crate) fn over() -> Vec<&'static str> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut over = Vec::new();
    for (name, messages) in MESSAGES {
        let messages = messages();
        let (mut plugin, engine) = plugin::connect(&runtime);
        plugin.say(&[]);
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        plugin.say(&messages);
        let held = ALLOCATOR.peak_usage().saturating_sub(before);
        println!("{:6.1} MiB of an engine held by {name}", mib(held));
        if held > 3 * LONG {
            over.push(*name);
        }
        drop(plugin);
        runtime.block_on(engine.disconnect());
    }
    over
}
