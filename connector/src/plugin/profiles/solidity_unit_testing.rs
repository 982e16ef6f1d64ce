//! `solidityUnitTesting`: unit tests.

use connector_macros::remote_plugin;
use serde::{Deserialize, Serialize};

/// The unit tests of contracts.
#[remote_plugin("solidityUnitTesting", crate = "crate")]
pub trait SolidityUnitTesting {
    /// Runs the tests in a file.
    async fn test_from_path(&self, path: &str) -> UnitTestResult;
    /// Runs the tests in a text.
    async fn test_from_source(&self, source_code: &str) -> UnitTestResult;
}

/// The result of tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnitTestResult {
    /// The number of tests that failed.
    pub total_failing: u32,
    /// The number of tests that passed.
    pub total_passing: u32,
    /// The time that they took.
    pub total_time: f64,
    /// The errors of those that failed.
    pub errors: Vec<UnitTestError>,
}

/// The error of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitTestError {
    /// The contract.
    pub context: String,
    /// The test.
    pub value: String,
    /// The text.
    pub message: String,
}
