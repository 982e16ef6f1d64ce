use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    fn compile(&mut self) {}

    #[on("fileManager", "saved")]
    fn saved(self) {}
}

fn main() {}
