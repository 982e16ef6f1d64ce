use connector::plugin::remote_plugin;

#[remote_plugin("fileManager", url = "ws://127.0.0.1:1")]
trait Files {
    async fn read_file(&self, path: &str) -> String;
}

fn main() {}
