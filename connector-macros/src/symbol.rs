//! The names that users write, each once.

pub(crate) const ARRAY: &str = "array";
pub(crate) const BATCH: &str = "batch";
pub(crate) const CODE: &str = "code";
pub(crate) const CODEC: &str = "codec";
pub(crate) const CONCAT: &str = "concat";
pub(crate) const CONCURRENT: &str = "concurrent";
pub(crate) const CONFIG: &str = "config";
pub(crate) const CONNECTOR: &str = "connector";
pub(crate) const CRATE: &str = "crate";
pub(crate) const EACH: &str = "each";
pub(crate) const FRAMING: &str = "framing";
pub(crate) const HANDLER: &str = "handler";
pub(crate) const IO: &str = "io";
pub(crate) const LINK: &str = "link";
pub(crate) const LISTEN: &str = "listen";
pub(crate) const NOTIFY: &str = "notify";
pub(crate) const PEER: &str = "peer";
pub(crate) const ROUTE: &str = "route";
pub(crate) const SESSION: &str = "session";
pub(crate) const SOCKET: &str = "socket";
