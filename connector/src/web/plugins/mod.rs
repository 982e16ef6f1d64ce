//! Links between engines and plugins that post messages.

mod early;
mod frame;
mod iframe_plugin;
mod origins;
mod parent;
mod passage;
mod plain;
mod port_plugin;
mod post_link;
mod shared_worker;
mod target;
mod theme;
mod values;
mod worker_plugin;

pub use iframe_plugin::IframePlugin;
pub use origins::Origins;
pub use port_plugin::PortPlugin;
pub use post_link::PostLink;
pub use shared_worker::each_shared_port;
pub use theme::{apply_theme, follow_theme};
pub use worker_plugin::WebWorkerPlugin;
