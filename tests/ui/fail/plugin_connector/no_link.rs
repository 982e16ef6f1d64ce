use connector::plugin::{PluginConnector, Profile};

#[derive(PluginConnector)]
struct Compiler {
    #[plugin(profile)]
    profile: Profile,
}

fn main() {}
