//! The output of compilers. What one leaves out is empty.

use std::collections::BTreeMap;

use connector_protocol::remix::Payload;
use serde::{Deserialize, Serialize};

/// The sources of a result, by file.
pub type CompilationFileSources = BTreeMap<String, CompilationFileSource>;

/// A source of a result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompilationFileSource {
    /// The hash of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keccak256: Option<String>,
    /// The text.
    pub content: String,
    /// The URLs that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urls: Option<Vec<String>>,
}

/// The last result, and what it is of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastCompilationResult {
    /// The result, once something was compiled.
    pub data: Option<CompilationResult>,
    /// The sources.
    pub source: Option<SourceWithTarget>,
}

/// Sources, and the file that was compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceWithTarget {
    /// The sources.
    pub sources: Option<CompilationFileSources>,
    /// The file.
    pub target: Option<String>,
}

/// The result of a compilation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompilationResult {
    /// The errors and warnings, if there are some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<CompilationError>>,
    /// The parts of files, by file.
    pub sources: BTreeMap<String, CompilationSource>,
    /// The contracts, by file and name. The name is empty where a language has none.
    pub contracts: BTreeMap<String, BTreeMap<String, CompiledContract>>,
}

/// An error or a warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompilationError {
    /// The place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_location: Option<SourceLocation>,
    /// The kind, such as `ParserError`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The part of the compiler, such as `general`.
    pub component: String,
    /// `error` or `warning`.
    pub severity: String,
    /// The text.
    pub message: String,
    /// The text with the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formatted_message: Option<String>,
}

/// A place in a file, in bytes. -1 if it is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLocation {
    /// The file.
    pub file: String,
    /// The beginning.
    pub start: i64,
    /// The end.
    pub end: i64,
}

/// The parts of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompilationSource {
    /// The id in source maps.
    pub id: u32,
    /// The syntax tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ast: Option<Payload>,
    /// The syntax tree in its old form.
    #[serde(default, rename = "legacyAST", skip_serializing_if = "Option::is_none")]
    pub legacy_ast: Option<Payload>,
}

/// A contract.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompiledContract {
    /// The interface.
    pub abi: Vec<AbiItem>,
    /// The metadata, as JSON in a text.
    pub metadata: String,
    /// The documentation for users.
    pub userdoc: Option<Payload>,
    /// The documentation for developers.
    pub devdoc: Option<Payload>,
    /// The intermediate representation.
    pub ir: String,
    /// The code of the virtual machine.
    pub evm: Evm,
    /// The code of eWASM.
    pub ewasm: Option<Ewasm>,
}

/// A function or an event of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AbiItem {
    /// `function`, which is the default, `constructor`, `fallback` or `event`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The name. Constructors and fallback functions have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<AbiParameter>>,
    /// The results.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Vec<AbiParameter>>,
    /// `pure`, `view`, `nonpayable` or `payable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_mutability: Option<String>,
    /// `true` if the function accepts money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payable: Option<bool>,
    /// `true` if the function is pure or a view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constant: Option<bool>,
    /// `true` if the event is anonymous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anonymous: Option<bool>,
}

/// An argument or a result of a function, or a field of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AbiParameter {
    /// The name.
    pub name: String,
    /// The type, such as `uint256`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The parts of a tuple.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<Vec<Self>>,
    /// `true` if an event can be found by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indexed: Option<bool>,
}

/// The code of the virtual machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Evm {
    /// The assembly.
    pub assembly: String,
    /// The assembly in its old form.
    pub legacy_assembly: Option<Payload>,
    /// The code that creates the contract.
    pub bytecode: Bytecode,
    /// The code of the contract.
    pub deployed_bytecode: Bytecode,
    /// The hashes of the functions.
    pub method_identifiers: BTreeMap<String, String>,
    /// The gas that it takes.
    pub gas_estimates: Option<Payload>,
}

/// Code in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Bytecode {
    /// The bytes, in hexadecimal.
    pub object: String,
    /// The operations.
    pub opcodes: String,
    /// The source map.
    pub source_map: String,
    /// The places of libraries' addresses, by file and library.
    pub link_references: BTreeMap<String, BTreeMap<String, Vec<LinkReference>>>,
}

/// The place of a library's address, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkReference {
    /// The offset.
    pub start: u64,
    /// The length.
    pub length: u64,
}

/// The code of eWASM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ewasm {
    /// S-expressions.
    pub wast: String,
    /// The bytes, in hexadecimal.
    pub wasm: String,
}
