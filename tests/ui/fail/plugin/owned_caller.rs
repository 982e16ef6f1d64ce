use connector::plugin::{PluginClient, RequestInfo, plugin};

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    fn compile(&self, _caller: RequestInfo) {}

    #[on("fileManager", "saved")]
    fn saved(&self, _client: PluginClient) {}
}

fn main() {}
