use connector::plugin::PluginConnector;
use connector::transport::WebSocketDialer;

#[derive(PluginConnector)]
struct Compiler {
    #[plugin(link)]
    link: WebSocketDialer,
}

/// No error follows from the one above.
fn takes(_: impl connector::plugin::PluginConnector) {}

fn main() {
    takes(Compiler::new(connector::plugin::Profile::new("compiler")));
}
