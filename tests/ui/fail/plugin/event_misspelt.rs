use connector::plugin::{CallError, PluginClient, plugin};

struct Compiler;

#[plugin(name = "compiler", events("finished"))]
impl Compiler {
    #[method]
    fn compile(&self, client: &PluginClient) -> Result<(), CallError> {
        Self::emit_finishd(client, ())
    }
}

fn main() {}
