//! The plugin that `docs/remix.md` describes in a `.proto` file.

#![allow(clippy::unwrap_used)]

use connector::plugin::{Engine, LocalPlugin, Methods, PluginCall};
use connector_tests_generated::tools::{CalculatorClient, Operands, Sum};

const PAGE: &str = include_str!("../../../docs/remix.md");
const SCHEMA: &str = include_str!("../proto/tools.proto");

#[test]
fn the_page_has_the_schema() {
    assert!(PAGE.contains(&format!("```proto\n{SCHEMA}```")), "tools.proto is not the page's");
}

#[tokio::test]
async fn the_schema_becomes_the_client_that_the_page_says() {
    let methods = Methods::new().method("add", async |call: PluginCall| {
        let (a, b): (i64, i64) = call.args()?;
        call.client().emit("added", (a + b,))?;
        Ok(a + b)
    });
    let engine = Engine::new();
    engine.register(LocalPlugin::new(CalculatorClient::profile(), methods)).unwrap();
    engine.activate("calculator").await.unwrap();
    let calculator = CalculatorClient::new(&engine);
    let mut added = calculator.added();
    let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let _listener = calculator.on_added(move |sum| heard.send(sum).unwrap());
    let sum = calculator.add(Operands { a: 3, b: 4 }).await.unwrap();
    assert_eq!(sum, Sum { sum: 7 });
    assert_eq!(added.next().await.unwrap().unwrap(), sum);
    assert_eq!(hears.recv().await.unwrap(), sum);
}
