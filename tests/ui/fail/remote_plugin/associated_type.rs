use connector::plugin::remote_plugin;

#[remote_plugin("fileManager")]
trait Files {
    type File;

    async fn read_file(&self, path: &str) -> String;
}

fn main() {}
