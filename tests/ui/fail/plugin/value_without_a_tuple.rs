use connector::plugin::{CallError, PluginClient};

async fn call(client: &PluginClient) -> Result<(), CallError> {
    client.emit("done", None::<u32>)?;
    client.call("console", "log", "x").await
}

fn main() {}
