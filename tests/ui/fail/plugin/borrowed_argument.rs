use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    fn compile(&self, _file: &str, _flags: &[u8]) {}
}

fn main() {}
