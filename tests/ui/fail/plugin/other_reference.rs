use connector::plugin::{Engine, plugin};

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    fn compile(&self, _engine: &Engine) {}
}

fn main() {}
