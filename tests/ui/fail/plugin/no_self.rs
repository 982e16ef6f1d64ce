use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    async fn compile(_file: String) {}
}

fn main() {}
