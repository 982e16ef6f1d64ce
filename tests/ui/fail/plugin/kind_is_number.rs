use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler", kind = 7)]
impl Compiler {
    #[method]
    fn compile(&self) {}
}

fn main() {}
