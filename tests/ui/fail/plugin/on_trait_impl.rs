use connector::plugin::plugin;

struct Compiler;

trait Compile {
    fn compile(&self);
}

#[plugin(name = "compiler")]
impl Compile for Compiler {
    #[method]
    fn compile(&self) {}
}

fn main() {}
