use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    fn handshake(&self) {}

    #[method("on")]
    fn listen(&self) {}
}

fn main() {}
