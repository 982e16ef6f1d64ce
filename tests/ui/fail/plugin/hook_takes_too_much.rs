use connector::plugin::{PluginClient, plugin};

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[on_activation]
    async fn start(&self, _client: &PluginClient, _file: String) {}
}

fn main() {}
