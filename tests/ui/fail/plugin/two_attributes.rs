use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    #[on("fileManager", "saved")]
    fn saved(&self) {}
}

fn main() {}
