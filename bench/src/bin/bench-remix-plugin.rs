//! Our Remix plugin over WebSocket, which adds.

use bench::ready;
use connector::Address;
use connector::plugin::{Methods, PluginCall, WebSocketPlugin, serve};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let methods = Methods::new().method("add", |call: PluginCall| async move {
        let (a, b): (i64, i64) = call.args()?;
        Ok(a + b)
    });
    let mut listen = WebSocketPlugin::bind("127.0.0.1:0");
    if let Some(Address::Inet(address)) = listen.start().await? {
        ready(address.port())?;
    }
    // In a task, since the main thread is no worker.
    Ok(tokio::spawn(serve(methods, listen)).await??)
}
