//! `plugin` is an attribute of its own, and a helper of a derive.

#![allow(dead_code)]

use connector::plugin::{PluginConnector, Profile, plugin};
use connector::transport::WebSocketDialer;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    fn version(&self) -> &'static str {
        "0.8.30"
    }
}

#[derive(PluginConnector)]
struct Remote {
    #[plugin(profile)]
    profile: Profile,
    #[plugin(link)]
    link: WebSocketDialer,
}

#[derive(PluginConnector)]
#[plugin(crate = "::connector")]
enum Any {
    Remote(Remote),
}
