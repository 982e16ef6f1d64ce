use connector::plugin::{PluginConnector, Profile};
use connector::transport::WebSocketDialer;

#[derive(PluginConnector)]
#[plugin(name = "compiler")]
struct Compiler {
    #[plugin(profile)]
    profile: Profile,
    #[plugin(link)]
    link: WebSocketDialer,
}

fn main() {}
