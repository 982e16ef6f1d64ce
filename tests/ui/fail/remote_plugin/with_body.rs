use connector::plugin::remote_plugin;

#[remote_plugin("fileManager")]
trait Files {
    async fn read_file(&self, path: &str) -> String {
        path.to_owned()
    }
}

fn main() {}
