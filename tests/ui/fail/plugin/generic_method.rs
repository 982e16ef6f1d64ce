use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    fn compile<T>(&self, _file: T) {}

    #[method]
    fn build(&self, _file: impl Sized) {}
}

fn main() {}
