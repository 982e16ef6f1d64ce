use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    fn can_deactivate(&self) -> bool {
        true
    }

    #[method]
    fn on_activation(&self) {}
}

fn main() {}
