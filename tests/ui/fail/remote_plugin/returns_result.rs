use connector::plugin::{CallError, remote_plugin};

#[remote_plugin("fileManager")]
trait Files {
    async fn read_file(&self, path: &str) -> Result<String, CallError>;
}

fn main() {}
