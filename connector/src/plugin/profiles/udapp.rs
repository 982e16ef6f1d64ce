//! `udapp`: transactions and accounts.

use connector_macros::remote_plugin;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Deployment and transactions.
#[remote_plugin("udapp", crate = "crate")]
pub trait Udapp {
    /// Adds an account to the virtual machine, and returns its address.
    #[method("createVMAccount")]
    async fn create_vm_account(&self, vm_account: &VmAccount) -> String;
    /// Returns the addresses of the accounts.
    async fn get_accounts(&self) -> Vec<String>;
    /// Sends a transaction, and waits for its receipt.
    async fn send_transaction(&self, tx: &Transaction) -> TransactionReceipt;
    /// Returns the settings.
    async fn get_settings(&self) -> UdappSettings;
    /// Sets the environment.
    async fn set_environment_mode(&self, env: EnvironmentMode);

    /// Transactions that were sent.
    #[event]
    fn new_transaction(&self, transaction: TransactionEvent);
}

/// The environment of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentMode {
    /// The virtual machine of the IDE.
    Vm,
    /// A wallet of the browser.
    Injected,
    /// A node.
    Web3,
}

/// A transaction to send. Numbers are decimal or hexadecimal texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// The data, in hexadecimal.
    pub data: String,
    /// The address of the sender.
    pub from: String,
    /// The address of the receiver. `None` creates a contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// The most gas.
    pub gas_limit: String,
    /// The amount, in wei.
    pub value: String,
    /// `true` if nothing is to be changed.
    pub use_call: bool,
}

/// A transaction that was sent, in one of two environments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TransactionEvent {
    /// In the virtual machine of the IDE.
    Vm(Box<VmTransaction>),
    /// By a wallet or a node.
    Network(Box<NetworkTransaction>),
}

/// A transaction in the virtual machine. Numbers are texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VmTransaction {
    /// The address of the contract.
    pub contract_address: String,
    /// The data, in hexadecimal.
    pub data: String,
    /// The environment: `vm`.
    pub env_mode: String,
    /// The gas of the execution.
    pub execution_cost: String,
    /// The address of the sender.
    pub from: String,
    /// The most gas.
    pub gas: String,
    /// The hash.
    pub hash: String,
    /// The input, in hexadecimal.
    pub input: String,
    /// The events of the contract.
    pub logs: Vec<Value>,
    /// The value that it returned: a `Uint8Array`, which is an object with a number for each
    /// index in JSON.
    pub return_value: Value,
    /// `0x01` for success, otherwise `0x00`.
    pub status: String,
    /// The gas of the transaction.
    pub transaction_cost: String,
    /// The hash.
    pub transaction_hash: String,
    /// The amount, in wei.
    pub value: String,
}

/// A transaction in a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkTransaction {
    /// The hash of the block.
    pub block_hash: String,
    /// The number of the block.
    pub block_number: u64,
    /// The environment, under the name that the released API has: `injected` or `web3`.
    pub env_mod: String,
    /// The address of the sender.
    pub from: String,
    /// The most gas.
    pub gas: u64,
    /// The price of gas.
    pub gas_price: BigNumber,
    /// The hash.
    pub hash: String,
    /// The input, in hexadecimal.
    pub input: String,
    /// The number of the sender's transactions before, under the name that the released API
    /// has.
    pub none: u64,
    /// The signature's first part.
    pub r: String,
    /// The signature's second part.
    pub s: String,
    /// The signature's third part.
    pub v: String,
    /// `0x01` for success, otherwise `0x00`.
    pub status: String,
    /// The address of the receiver.
    pub to: String,
    /// The gas of the transaction.
    pub transaction_cost: String,
    /// The place in the block.
    pub transaction_index: u64,
    /// The amount, in wei.
    pub value: BigNumber,
}

/// A number of bignumber.js.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BigNumber {
    /// The digits, in groups of 14.
    pub c: Vec<u64>,
    /// The exponent.
    pub e: i32,
    /// The sign: 1 or -1.
    pub s: i8,
}

/// The receipt of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionReceipt {
    /// The hash.
    pub transaction_hash: String,
    /// 1 for success, otherwise 0.
    pub status: u8,
    /// The gas that it took.
    pub gas_used: String,
    /// The error.
    pub error: String,
    /// The value that it returned, in hexadecimal.
    #[serde(rename = "return")]
    pub returned: String,
    /// The address of a created contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_address: Option<String>,
}

/// An account of the virtual machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VmAccount {
    /// The private key, in hexadecimal.
    pub private_key: String,
    /// The balance, in wei.
    pub balance: String,
}

/// The settings of deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UdappSettings {
    /// The address of the account that is selected.
    pub selected_account: String,
    /// The environment that is selected: `vm`, `injected` or `web3`.
    pub selected_env_mode: String,
    /// The network.
    pub network_environment: String,
}
