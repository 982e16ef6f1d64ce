use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method(name = "build")]
    fn compile(&self) {}
}

fn main() {}
