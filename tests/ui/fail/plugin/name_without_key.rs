use connector::plugin::plugin;

struct Compiler;

#[plugin("compiler")]
impl Compiler {
    #[method]
    fn compile(&self) {}
}

fn main() {}
