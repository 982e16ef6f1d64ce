use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler", events("finished", "fileAdded", "finished", "file_added"))]
impl Compiler {
    #[method]
    fn compile(&self) {}
}

fn main() {}
