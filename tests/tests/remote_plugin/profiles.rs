//! Clients from a file with a profile, and the ready-made ones.

use std::collections::BTreeSet;

use connector::protocol::remix::Arguments;
use connector_tests::peer::Peers;

use super::*;

/// The file describes a method and an event more.
#[remote_plugin(profile = "tests/remote_plugin/compiler.json")]
trait Compiler {
    async fn compile(&self, file: &str) -> String;
}

#[tokio::test]
async fn what_the_trait_does_not_describe_takes_any_arguments() {
    assert_eq!(Compiler::NAME, "compiler");
    assert_eq!(Compiler::METHODS, ["compile", "setVersion"]);
    assert_eq!(Compiler::EVENTS, ["compilationFinished"]);
    let engine = Engine::new();
    let echo = |call: PluginCall| async move { Ok(call.payload().as_payload().to_string()) };
    let methods = Methods::new().method("compile", echo).method("setVersion", echo);
    let client = activated(&engine, "compiler", methods).await;

    let compiler = Compiler::new(&engine);
    assert_eq!(compiler.compile("a.sol").await.unwrap(), r#"["a.sol"]"#);
    let version: String = compiler.set_version((0, 8, "latest")).await.unwrap();
    assert_eq!(version, r#"[0,8,"latest"]"#);

    let mut finished = compiler.compilation_finished();
    let (sender, mut heard) = tokio::sync::mpsc::unbounded_channel();
    compiler.on_compilation_finished(move |arguments| sender.send(arguments).unwrap());
    client.emit("compilationFinished", ("a.sol", 1)).unwrap();
    let expected = Arguments::of(&("a.sol", 1)).unwrap();
    assert_eq!(finished.next().await.unwrap().unwrap(), expected);
    assert_eq!(heard.recv().await.unwrap(), expected);
}

#[test]
fn a_client_knows_its_profile() {
    let profile = Files::profile();
    assert_eq!(profile.name, "files");
    let methods = ["readFile", "list", "closeAll", "count", "echo", "fail"];
    assert_eq!(profile.methods.unwrap(), methods);
    assert_eq!(profile.events.unwrap(), ["fileSaved", "renamed", "nothingSelected"]);
}

/// Names, in any order.
fn names(names: Option<&[String]>) -> BTreeSet<&str> {
    names.unwrap_or_default().iter().map(String::as_str).collect()
}

#[tokio::test]
async fn the_ready_made_clients_have_the_names_of_the_released_profiles() {
    use connector::plugin::profiles::*;

    let Some(peers) = Peers::find() else { return };
    let mut released = peers.talk("remix-profiles.js");
    let ours = [
        content_import::ContentImport::profile(),
        d_git_provider::DGitProvider::profile(),
        editor::Editor::profile(),
        file_manager::FileManager::profile(),
        file_panel::FilePanel::profile(),
        git::Git::profile(),
        manager::Manager::profile(),
        network::NetworkPlugin::profile(),
        settings::Settings::profile(),
        solidity::Solidity::profile(),
        solidity_unit_testing::SolidityUnitTesting::profile(),
        terminal::Terminal::profile(),
        theme::ThemePlugin::profile(),
        udapp::Udapp::profile(),
        vscode_ext_api::VscodeExtApi::profile(),
    ];
    let mut known: Vec<String> = serde_json::from_str(&released.ask("names").await).unwrap();
    known.sort_unstable();
    let mut ours_by_name: Vec<_> = ours.iter().map(|profile| &*profile.name).collect();
    ours_by_name.sort_unstable();
    assert_eq!(ours_by_name, known);
    for ours in ours {
        let theirs: Profile = serde_json::from_str(&released.ask(&ours.name).await).unwrap();
        assert_eq!(ours.name, theirs.name);
        assert_eq!(
            names(ours.methods.as_deref()),
            names(theirs.methods.as_deref()),
            "{}",
            ours.name
        );
        let mut events = names(theirs.events.as_deref());
        if ours.name == "filePanel" {
            // The released types declare it, and the profile forgets it.
            assert!(events.insert("customAction"));
        }
        assert_eq!(names(ours.events.as_deref()), events, "{}", ours.name);
    }
}

#[tokio::test]
async fn ready_made_clients_write_what_the_released_api_declares() {
    use connector::plugin::profiles::{editor, solidity, terminal, udapp, vscode_ext_api};

    let engine = Engine::new();
    let echo = |call: PluginCall| async move { Ok(call.payload().as_payload().clone()) };
    activated(&engine, "vscodeExtAPI", Methods::new().method("executeCommand", echo)).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let recorded = heard.clone();
    let record = move |call: PluginCall| {
        recorded.lock().unwrap().push(call.payload().as_payload().to_string());
        async { Ok(()) }
    };
    let methods = Methods::new()
        .method("setEnvironmentMode", record.clone())
        .method("highlight", record.clone())
        .method("log", record.clone())
        .method("setCompilerConfig", record);
    activated(&engine, "recorder", methods).await;

    let position = editor::HighlightPosition::default();
    let recorder = editor::Editor::at(&engine, "recorder");
    recorder.highlight(&position, "a.sol", "#fff", None).await.unwrap();
    let focus = editor::HighlightOptions { focus: false };
    recorder.highlight(&position, "a.sol", "#fff", Some(focus)).await.unwrap();
    let message =
        terminal::TerminalMessage { value: (1, "x"), kind: terminal::TerminalMessageKind::Html };
    terminal::Terminal::at(&engine, "recorder").log(&message).await.unwrap();
    let udapp = udapp::Udapp::at(&engine, "recorder");
    udapp.set_environment_mode(udapp::EnvironmentMode::Web3).await.unwrap();
    let settings = solidity::CompilerSettings {
        language: solidity::Language::Yul,
        optimize: true,
        version: "0.8.26".to_owned(),
        evm_version: Some(solidity::EvmVersion::SpuriousDragon),
    };
    let solidity = solidity::Solidity::at(&engine, "recorder");
    solidity.set_compiler_config(&settings).await.unwrap();
    let cancun = Some(solidity::EvmVersion::Other("cancun".to_owned()));
    let settings = solidity::CompilerSettings { evm_version: cancun, ..settings };
    solidity.set_compiler_config(&settings).await.unwrap();
    let place = r##"{"start":{"line":0,"column":0},"end":{"line":0,"column":0}},"a.sol","#fff""##;
    let config = r#"[{"language":"yul","optimize":true,"version":"0.8.26","evmVersion":"#;
    assert_eq!(
        *heard.lock().unwrap(),
        [
            format!("[{place}]"),
            format!(r#"[{place},{{"focus":false}}]"#),
            r#"[{"value":[1,"x"],"type":"html"}]"#.to_owned(),
            r#"["web3"]"#.to_owned(),
            format!(r#"{config}"spuriousDragon"}}]"#),
            format!(r#"{config}"cancun"}}]"#),
        ]
    );

    let vscode = vscode_ext_api::VscodeExtApi::new(&engine);
    let arguments = [Payload::text("x"), Payload::of(&2).unwrap()];
    let echoed = vscode.execute_command("ext", "run", Some(&arguments)).await.unwrap();
    assert_eq!(echoed.as_str(), r#"["ext","run",["x",2]]"#);
}

#[test]
fn results_of_the_compiler_are_read() {
    use connector::plugin::profiles::solidity::{EvmVersion, LastCompilationResult, Source};

    let result: LastCompilationResult = serde_json::from_str(
        r#"{
          "data": {
            "errors": [{
              "component": "general", "severity": "warning", "type": "Warning",
              "message": "unused", "formattedMessage": "a.sol: unused", "errorCode": "1",
              "sourceLocation": { "file": "a.sol", "start": -1, "end": 7 }
            }],
            "sources": { "a.sol": { "id": 0, "ast": { "id": 1, "nodes": [] } } },
            "contracts": { "a.sol": { "A": {
              "abi": [{ "type": "function", "name": "f", "stateMutability": "view",
                        "inputs": [{ "internalType": "uint256", "name": "x", "type": "uint256" }],
                        "outputs": [] }],
              "evm": { "bytecode": { "object": "60", "linkReferences": {
                         "l.sol": { "L": [{ "start": 1, "length": 20 }] } } },
                       "methodIdentifiers": { "f(uint256)": "b3de648b" }, "gasEstimates": null },
              "metadata": "{}"
            } } }
          },
          "source": { "sources": { "a.sol": { "content": "contract A {}" } }, "target": "a.sol" }
        }"#,
    )
    .unwrap();
    let data = result.data.unwrap();
    assert_eq!(data.errors.unwrap()[0].source_location.as_ref().unwrap().start, -1);
    assert_eq!(data.sources["a.sol"].ast.as_ref().unwrap().as_str(), r#"{ "id": 1, "nodes": [] }"#);
    let contract = &data.contracts["a.sol"]["A"];
    assert_eq!(contract.abi[0].inputs.as_ref().unwrap()[0].kind, "uint256");
    assert_eq!(contract.evm.bytecode.link_references["l.sol"]["L"][0].length, 20);
    assert_eq!(contract.evm.method_identifiers["f(uint256)"], "b3de648b");
    assert_eq!(result.source.unwrap().target.as_deref(), Some("a.sol"));

    let evm = |text: &str| serde_json::from_str::<EvmVersion>(text).unwrap();
    assert_eq!(evm(r#""homestead""#), EvmVersion::Homestead);
    assert_eq!(evm(r#""paris""#), EvmVersion::Other("paris".to_owned()));
    let source: Source = serde_json::from_str(r#"{ "urls": ["ipfs://x"] }"#).unwrap();
    assert_eq!(source, Source::Urls { urls: vec!["ipfs://x".to_owned()], keccak256: None });
}

#[test]
fn transactions_are_read_by_their_environment() {
    use connector::plugin::profiles::udapp::TransactionEvent;

    let vm = r#"{
        "contractAddress": "0x1", "data": "0x", "envMode": "vm", "executionCost": "1",
        "from": "0x2", "gas": "3", "hash": "0x4", "input": "0x", "logs": [{}],
        "returnValue": { "0": 1 }, "status": "0x01", "transactionCost": "5",
        "transactionHash": "0x4", "value": "0"
    }"#;
    let injected = r#"{
        "blockHash": "0x1", "blockNumber": 7, "envMod": "injected", "from": "0x2", "gas": 3,
        "gasPrice": { "c": [1], "e": 9, "s": 1 }, "hash": "0x4", "input": "0x", "none": 0,
        "r": "0x", "s": "0x", "v": "0x1b", "status": "0x01", "to": "0x5",
        "transactionCost": "6", "transactionIndex": 0, "value": { "c": [0], "e": 0, "s": 1 }
    }"#;
    let read = |text: &str| serde_json::from_str::<TransactionEvent>(text).unwrap();
    let TransactionEvent::Vm(vm) = read(vm) else { panic!("it ran in the virtual machine") };
    assert_eq!(vm.return_value["0"], 1);
    let TransactionEvent::Network(injected) = read(injected) else { panic!("it was injected") };
    assert_eq!((injected.block_number, injected.gas_price.e), (7, 9));
}
