use connector::plugin::{CallError, PluginClient, plugin};

struct Compiler;

#[plugin(name = "compiler", events("progress"(u32)))]
impl Compiler {
    #[method]
    fn compile(&self, client: &PluginClient) -> Result<(), CallError> {
        Self::emit_progress(client, "half")
    }
}

fn main() {}
