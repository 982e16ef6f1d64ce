use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler", naem = "compiler")]
impl Compiler {
    #[method]
    fn compile(&self) {}
}

fn main() {}
