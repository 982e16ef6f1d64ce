use connector::plugin::plugin;

struct Compiler;

#[plugin(name = compiler)]
impl Compiler {
    #[method]
    fn compile(&self) {}
}

fn main() {}
