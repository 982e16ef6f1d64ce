use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    fn compile_all(&self) {}

    #[method]
    fn compile(&self) {}

    #[method("compileAll")]
    fn again(&self) {}
}

fn main() {}
