use connector::plugin::{PluginClient, Rest, plugin};

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    fn compile(&self, _files: Rest<String>, _client: &PluginClient, _target: String) {}
}

fn main() {}
