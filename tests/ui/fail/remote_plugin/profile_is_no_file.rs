use connector::plugin::remote_plugin;

#[remote_plugin(profile = "profiles/none.json")]
trait Compiler {
    async fn compile(&self, file: &str);
}

fn main() {}
