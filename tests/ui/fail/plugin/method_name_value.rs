use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method = "build"]
    fn compile(&self) {}
}

fn main() {}
