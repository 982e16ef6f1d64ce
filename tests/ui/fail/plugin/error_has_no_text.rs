use connector::plugin::plugin;

struct CompileError;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    async fn compile(&self) -> Result<(), CompileError> {
        Err(CompileError)
    }
}

fn main() {}
