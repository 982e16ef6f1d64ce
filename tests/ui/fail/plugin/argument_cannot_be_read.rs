use connector::plugin::plugin;

struct Settings;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    fn compile(&self, _settings: Settings) {}
}

fn main() {}
