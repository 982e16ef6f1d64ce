use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    fn compile(&self, file: String) -> usize {
        file.len()
    }
}

fn main() {}
