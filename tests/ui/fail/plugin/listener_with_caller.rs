use connector::plugin::{PluginEvent, RequestInfo, plugin};

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[on("fileManager", "saved")]
    fn saved(&self, _caller: &RequestInfo) {}

    #[method]
    fn compile(&self, _event: &PluginEvent) {}
}

fn main() {}
