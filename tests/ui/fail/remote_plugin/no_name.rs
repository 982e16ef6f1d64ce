use connector::plugin::remote_plugin;

#[remote_plugin]
trait Files {
    async fn read_file(&self, path: &str) -> String;
}

/// No error follows from the one above.
async fn example(client: connector::plugin::PluginClient) {
    let files = Files::new(&client);
    let _: String = files.read_file("a").await.unwrap();
}

fn main() {}
