use connector::plugin::plugin;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[on("fileManager", "saved")]
    async fn saved(&self) -> u8 {
        1
    }
}

fn main() {}
