use connector::plugin::remote_plugin;

#[remote_plugin("fileManager")]
trait Files {
    #[event]
    fn file_saved(&self, file: &str);
}

fn main() {}
