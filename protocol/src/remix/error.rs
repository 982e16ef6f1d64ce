//! The errors of calls, with the texts of the released programs.

/// The error of a call or a cancellation.
///
/// The texts are part of the protocol: the caller on the other side of the wire
/// gets them, and programs compare them. Texts that the released engine or client
/// has too are identical to those.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RemixError {
    /// No plugin has this name.
    #[error("Cannot call {target} from {caller}, because {target} is not registered")]
    NotRegistered {
        /// The plugin that was called.
        target: String,
        /// The plugin that called.
        caller: String,
    },
    /// The plugin is not active and may not be activated.
    #[error("{caller} cannot call {method} of {target}, because {target} is not activated yet")]
    NotActivated {
        /// The plugin that was called.
        target: String,
        /// The plugin that called.
        caller: String,
        /// The method that was called.
        method: String,
    },
    /// The method is not in the plugin's list.
    #[error(
        "Cannot call method \"{method}\" of \"{target}\" from \"{caller}\", because \"{method}\" \
         is not exposed. Here is the list of exposed methods: {}",
        quoted(exposed)
    )]
    NotExposed {
        /// The plugin that was called.
        target: String,
        /// The plugin that called.
        caller: String,
        /// The method that was called.
        method: String,
        /// The methods that may be called, the native methods last.
        exposed: Vec<String>,
    },
    /// No plugin has this name, so there are no calls to cancel.
    #[error(
        "Cannot cancel {} on {target} from {caller}, because {target} is not registered",
        method.as_deref().unwrap_or("calls")
    )]
    CancelNotRegistered {
        /// The plugin that was called.
        target: String,
        /// The plugin that called.
        caller: String,
        /// The method to cancel. `None` is all of them.
        method: Option<String>,
    },
    /// The plugin is not active, so there are no calls to cancel.
    #[error(
        "{caller} cannot cancel {} {target}, because {target} is not activated",
        method.as_ref().map_or_else(|| "calls on".to_owned(), |method| format!("{method} of"))
    )]
    CancelNotActivated {
        /// The plugin that was called.
        target: String,
        /// The plugin that called.
        caller: String,
        /// The method to cancel. `None` is all of them.
        method: Option<String>,
    },
    /// The method is not in the plugin's list, so there are no calls to cancel.
    #[error(
        "Cannot cancel \"{method}\" of \"{target}\" from \"{caller}\", because \"{method}\" is \
         not exposed. Here is the list of exposed methods: {}",
        quoted(exposed)
    )]
    CancelNotExposed {
        /// The plugin that was called.
        target: String,
        /// The plugin that called.
        caller: String,
        /// The method to cancel.
        method: String,
        /// The methods that may be called, the native methods last.
        exposed: Vec<String>,
    },
    /// The plugin listens to as many events as it may.
    #[error("Plugin {0} listens to too many events")]
    TooManySubscriptions(String),
    /// A plugin has a name by which no path could lead to it.
    #[error("`{0}` cannot be a plugin's name: it is empty or has a dot")]
    Name(String),
    /// Another plugin has this name.
    #[error("Plugin {0} is already register.")]
    AlreadyRegistered(String),
    /// The called plugin runs a call that waits for the caller, directly or through others, so
    /// that both would wait for ever. Found among plugins that run one call at a time.
    #[error(
        "{caller} cannot call {method} of {}, because it would wait for the call that {} is \
         running: {}",
        circle.first().map_or("", String::as_str),
        circle.first().map_or("", String::as_str),
        circle.join(" -> ")
    )]
    Circle {
        /// The plugin that called.
        caller: String,
        /// The method that it called.
        method: String,
        /// The plugins that would wait for one another. The called one is the first and the
        /// last.
        circle: Vec<String>,
    },
    /// A plugin inside the engine lists a method that it does not have.
    #[error("Method {method} is not implemented by {target}")]
    NotImplemented {
        /// The plugin that was called.
        target: String,
        /// The method that was called, with its services.
        method: String,
    },
    /// A remote plugin does not have the method.
    #[error("Method {method} doesn't exist on plugin {plugin}")]
    NoMethod {
        /// The plugin that was called.
        plugin: String,
        /// The method that was called, with its services.
        method: String,
    },
    /// Too many calls of the caller wait for the plugin already, in number or in bytes. Those of
    /// others do not count.
    #[error(
        "{caller} cannot call {method} of {target}, because too many calls of {caller} wait for \
         {target}"
    )]
    Busy {
        /// The plugin that was called.
        target: String,
        /// The plugin that called.
        caller: String,
        /// The method that was called.
        method: String,
    },
    /// The engine is stopping, and accepts no further calls.
    #[error("{caller} cannot call {method} of {target}, because the engine is stopping")]
    Stopping {
        /// The plugin that was called.
        target: String,
        /// The plugin that called.
        caller: String,
        /// The method that was called.
        method: String,
    },
    /// The request has no name, no key or no array of arguments, or a name of more than 1,024
    /// bytes.
    #[error("A request needs a name, a key and an array as payload")]
    BadRequest,
    /// A message arrived before the handshake.
    #[error("Handshake before communicating")]
    HandshakeFirst,
    /// The plugin tried to send before the handshake.
    #[error("Not connected to the IDE. Wait for its handshake first")]
    NotLoaded,
    /// There is no connection to the plugin.
    #[error("Plugin {0} is not connected")]
    NotConnected(String),
    /// The connection ended before the answer arrived.
    #[error("The connection to {0} was lost before it answered")]
    Lost(String),
    /// The method ran longer than the queue's timeout.
    #[error("[TIMEOUT] Timeout for call {method} from {from}")]
    Timeout {
        /// The method that was called.
        method: String,
        /// The plugin that called.
        from: String,
    },
    /// The caller cancelled the call.
    #[error("[CANCEL] Canceled call {method} from {from}")]
    Canceled {
        /// The method that was called.
        method: String,
        /// The plugin that called.
        from: String,
    },
    /// The other side answered with this error text.
    #[error("{0}")]
    Remote(String),
}

impl RemixError {
    /// Returns the error of a call that the plugin `from` has made of `method`, and that was
    /// answered with this text. An engine's own texts about the call are recognised, and not
    /// those that the called plugin passes on from other calls.
    pub fn answered(text: String, method: &str, from: &str) -> Self {
        let (method, from) = (method.to_owned(), from.to_owned());
        let known = if text.starts_with("[TIMEOUT]") {
            Self::Timeout { method, from }
        } else if text.starts_with("[CANCEL]") {
            Self::Canceled { method, from }
        } else {
            return Self::Remote(text);
        };
        if known.to_string() == text { known } else { Self::Remote(text) }
    }
}

fn quoted(methods: &[String]) -> String {
    let quoted: Vec<_> = methods.iter().map(|method| format!("\"{method}\"")).collect();
    quoted.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engines_texts_about_a_call_are_recognised() {
        let known = |text: &str| RemixError::answered(text.to_owned(), "slow", "me");
        let timeout = "[TIMEOUT] Timeout for call slow from me";
        assert!(matches!(known(timeout), RemixError::Timeout { .. }));
        let canceled = "[CANCEL] Canceled call slow from me";
        assert!(matches!(known(canceled), RemixError::Canceled { .. }));
        for other in [
            "[TIMEOUT] Timeout for call slow from another",
            "[CANCEL] Canceled call other from me",
            "[CANCEL]",
            "x [TIMEOUT] Timeout for call slow from me",
        ] {
            assert_eq!(known(other), RemixError::Remote(other.to_owned()));
        }
        assert_eq!(
            (known(timeout).to_string(), known(canceled).to_string()),
            (timeout.into(), canceled.into())
        );
    }
}
