use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    const VERSION: u8 = 1;

    #[method]
    fn compile(&self) {}
}

fn main() {}
