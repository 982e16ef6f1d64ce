use connector::plugin::plugin;

struct Compiler<T>(T);

#[plugin(name = "compiler")]
impl<T> Compiler<T> {
    #[method]
    fn compile(&self) {}
}

fn main() {}
