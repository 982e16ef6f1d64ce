use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "manager")]
impl Compiler {
    #[method]
    fn compile(&self) {}
}

fn main() {}
