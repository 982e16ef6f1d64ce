use connector::plugin::remote_plugin;

#[remote_plugin("fileManager")]
trait Files {
    async fn read_file(&self, path: &str) -> String;

    #[method("readFile")]
    async fn read_bytes(&self, path: &str) -> Vec<u8>;
}

fn main() {}
