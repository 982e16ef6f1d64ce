use connector::plugin::plugin;

struct Compiler;

#[plugin]
impl Compiler {
    #[method]
    fn compile(&self) {}
}

fn main() {}
