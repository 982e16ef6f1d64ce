use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[can_deactivate]
    async fn may_stop(&self) -> u8 {
        1
    }
}

fn main() {}
