use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[on_activation]
    async fn start(&self) {}

    #[on_activation]
    async fn begin(&self) {}
}

fn main() {}
