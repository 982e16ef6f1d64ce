use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[on("fileManager")]
    fn saved(&self) {}

    #[on]
    fn opened(&self) {}

    #[on(fileManager, "closed")]
    fn closed(&self) {}
}

fn main() {}
