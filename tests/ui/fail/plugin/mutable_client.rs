use connector::plugin::{PluginClient, plugin};

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    fn compile(&self, _client: &mut PluginClient) {}
}

fn main() {}
