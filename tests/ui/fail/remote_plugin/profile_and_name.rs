use connector::plugin::remote_plugin;

#[remote_plugin("compiler", profile = "compiler.json")]
trait Compiler {
    async fn compile(&self, file: &str);
}

fn main() {}
