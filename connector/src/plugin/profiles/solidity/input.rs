//! The input of compilers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Sources by the name of the contract or file.
pub type Sources = BTreeMap<String, Source>;

/// A source: its content, or URLs of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// The content.
    Content {
        /// The text.
        content: String,
        /// The hash of the text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keccak256: Option<String>,
    },
    /// URLs, which are tried in this order.
    Urls {
        /// The URLs.
        urls: Vec<String>,
        /// The hash, by which what comes is checked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keccak256: Option<String>,
    },
}

/// The settings of a compiler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompilerSettings {
    /// The language.
    pub language: Language,
    /// `true` if the code is optimised.
    pub optimize: bool,
    /// The version, such as `0.6.8+commit.0bbfe453`.
    pub version: String,
    /// The version of the virtual machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evm_version: Option<EvmVersion>,
}

/// The language of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// Solidity.
    Solidity,
    /// Vyper.
    Vyper,
    /// LLL.
    #[serde(rename = "lll")]
    Lll,
    /// Assembly.
    #[serde(rename = "assembly")]
    Assembly,
    /// Yul.
    #[serde(rename = "yul")]
    Yul,
}

/// The version of the virtual machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EvmVersion {
    /// Istanbul.
    Istanbul,
    /// Petersburg.
    Petersburg,
    /// Constantinople.
    Constantinople,
    /// Byzantium.
    Byzantium,
    /// Spurious Dragon.
    SpuriousDragon,
    /// Tangerine Whistle.
    TangerineWhistle,
    /// Homestead.
    Homestead,
    /// One that the released API does not name.
    #[serde(untagged)]
    Other(String),
}
