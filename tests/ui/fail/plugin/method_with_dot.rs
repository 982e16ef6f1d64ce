use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method("git.fetch")]
    fn fetch(&self) {}
}

fn main() {}
