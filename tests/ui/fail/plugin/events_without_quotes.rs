use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler", events(finished))]
impl Compiler {
    #[method]
    fn compile(&self) {}
}

fn main() {}
