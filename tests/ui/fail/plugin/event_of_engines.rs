use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler", events("queue"))]
impl Compiler {
    #[method]
    fn compile(&self) {}
}

fn main() {}
