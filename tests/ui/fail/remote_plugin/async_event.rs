use connector::plugin::remote_plugin;

#[remote_plugin("fileManager")]
trait Files {
    #[event]
    async fn file_saved(&self, file: String);
}

fn main() {}
