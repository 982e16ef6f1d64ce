use connector::plugin::plugin;

struct Artifact;

struct Compiler;

#[plugin(name = "compiler")]
impl Compiler {
    #[method]
    fn compile(&self) -> Artifact {
        Artifact
    }

    #[method]
    async fn build(&self) -> Result<Artifact, String> {
        Ok(Artifact)
    }
}

fn main() {}
