//! `solidity`: the compiler.

mod input;
mod output;

use connector_macros::remote_plugin;

pub use input::{CompilerSettings, EvmVersion, Language, Source, Sources};
pub use output::{
    AbiItem, AbiParameter, Bytecode, CompilationError, CompilationFileSource,
    CompilationFileSources, CompilationResult, CompilationSource, CompiledContract, Evm, Ewasm,
    LastCompilationResult, LinkReference, SourceLocation, SourceWithTarget,
};

/// The compiler of contracts. Compilers of other languages have the same methods:
/// `Solidity::at(&client, "vyper")`.
#[remote_plugin("solidity", crate = "crate")]
pub trait Solidity {
    /// Compiles a file of the workspace. [`Solidity::compilation_finished`] brings the result.
    async fn compile(&self, file_name: &str);
    /// Returns the last result.
    async fn get_compilation_result(&self) -> LastCompilationResult;
    /// Compiles sources, and returns the result.
    async fn compile_with_parameters(
        &self,
        targets: &Sources,
        settings: &CompilerSettings,
    ) -> LastCompilationResult;
    /// Sets the settings of the compiler.
    async fn set_compiler_config(&self, settings: &CompilerSettings);

    /// Results: the file, the sources, the version of the language, and the data.
    #[event]
    fn compilation_finished(
        &self,
        file_name: String,
        source: CompilationFileSources,
        language_version: String,
        data: CompilationResult,
    );
}
