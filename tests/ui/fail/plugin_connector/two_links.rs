use connector::plugin::{PluginConnector, Profile};
use connector::transport::{UnixDialer, WebSocketDialer};

#[derive(PluginConnector)]
struct Compiler {
    #[plugin(profile)]
    profile: Profile,
    #[plugin(link)]
    far: WebSocketDialer,
    #[plugin(link)]
    near: UnixDialer,
}

fn main() {}
