use connector::plugin::remote_plugin;

#[remote_plugin("fileManager")]
struct Files;

fn main() {
    drop(Files);
}
