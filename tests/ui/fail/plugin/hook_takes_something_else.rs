use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[on_deactivation]
    async fn stop(&self, _file: String) {}
}

fn main() {}
