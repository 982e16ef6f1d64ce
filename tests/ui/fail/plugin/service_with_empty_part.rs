use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method(service = "git.")]
    fn fetch(&self) {}
}

fn main() {}
