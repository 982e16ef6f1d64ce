use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[on_activation("fileManager")]
    async fn start(&self) {}
}

fn main() {}
