use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "solidity.compiler")]
impl Compiler {
    #[method]
    fn compile(&self) {}
}

fn main() {}
