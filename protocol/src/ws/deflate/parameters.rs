//! The parameters of permessage-deflate (RFC 7692 7.1), as one element of the header has
//! them.

use std::fmt;

use super::WindowBits;
use crate::ws::upgrade::Extension;

/// The name of the extension.
pub(super) const NAME: &str = "permessage-deflate";

/// A parameter of permessage-deflate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parameter {
    /// `server_no_context_takeover`: each message of the server is compressed by itself.
    ServerNoContextTakeover,
    /// `client_no_context_takeover`: each message of the client is compressed by itself.
    ClientNoContextTakeover,
    /// `server_max_window_bits`: how far back the server's messages may point.
    ServerMaxWindowBits,
    /// `client_max_window_bits`: how far back the client's messages may point. Without a value
    /// in an offer it says that the client can be limited.
    ClientMaxWindowBits,
}

impl Parameter {
    const ALL: [Self; 4] = [
        Self::ServerNoContextTakeover,
        Self::ClientNoContextTakeover,
        Self::ServerMaxWindowBits,
        Self::ClientMaxWindowBits,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::ServerNoContextTakeover => "server_no_context_takeover",
            Self::ClientNoContextTakeover => "client_no_context_takeover",
            Self::ServerMaxWindowBits => "server_max_window_bits",
            Self::ClientMaxWindowBits => "client_max_window_bits",
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error of a server's answer whose parameters do not fit the offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// The parameter is none of permessage-deflate's.
    #[error("it has a parameter that permessage-deflate does not have")]
    Unknown,
    /// The parameter is there twice.
    #[error("it has the parameter `{0}` twice")]
    Repeated(Parameter),
    /// The value is not one of the parameter's: none, or a number of bits.
    #[error("the value of its parameter `{0}` is not allowed: a number of bits is 8 to 15")]
    Value(Parameter),
    /// The offer has the parameter, and the answer has not.
    #[error("it lacks the parameter `{0}`, which was offered and has to be kept")]
    Missing(Parameter),
    /// The answer has the parameter, and the offer has not, or has a smaller number.
    #[error("its parameter `{0}` is more than was offered")]
    NotOffered(Parameter),
}

/// The parameters of an offer or of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) server_no_context_takeover: bool,
    pub(super) client_no_context_takeover: bool,
    pub(super) server_max_window_bits: Option<WindowBits>,
    /// The value may be left out in an offer.
    pub(super) client_max_window_bits: Option<Option<WindowBits>>,
}

impl Parameters {
    /// Reads the parameters of an element of the header.
    pub(super) fn read(extension: &Extension<'_>) -> Result<Self, ParameterError> {
        let mut read = Self::default();
        let mut seen = Vec::new();
        for (name, value) in &extension.parameters {
            let known = Parameter::ALL.into_iter().find(|known| known.name() == *name);
            let parameter = known.ok_or(ParameterError::Unknown)?;
            if seen.contains(&parameter) {
                return Err(ParameterError::Repeated(parameter));
            }
            seen.push(parameter);
            read.set(parameter, value.as_deref()).ok_or(ParameterError::Value(parameter))?;
        }
        Ok(read)
    }

    /// Sets a parameter. Returns `None` for a value that it cannot have.
    fn set(&mut self, parameter: Parameter, value: Option<&str>) -> Option<()> {
        match (parameter, value) {
            (Parameter::ServerNoContextTakeover, None) => self.server_no_context_takeover = true,
            (Parameter::ClientNoContextTakeover, None) => self.client_no_context_takeover = true,
            (Parameter::ServerMaxWindowBits, Some(bits)) => {
                self.server_max_window_bits = Some(WindowBits::parse(bits)?);
            }
            (Parameter::ClientMaxWindowBits, Some(bits)) => {
                self.client_max_window_bits = Some(Some(WindowBits::parse(bits)?));
            }
            (Parameter::ClientMaxWindowBits, None) => self.client_max_window_bits = Some(None),
            _ => return None,
        }
        Some(())
    }
}

impl fmt::Display for Parameters {
    /// Writes an element of the header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)?;
        if self.server_no_context_takeover {
            write!(f, "; {}", Parameter::ServerNoContextTakeover)?;
        }
        if self.client_no_context_takeover {
            write!(f, "; {}", Parameter::ClientNoContextTakeover)?;
        }
        if let Some(bits) = self.server_max_window_bits {
            write!(f, "; {}={bits}", Parameter::ServerMaxWindowBits)?;
        }
        match self.client_max_window_bits {
            Some(Some(bits)) => write!(f, "; {}={bits}", Parameter::ClientMaxWindowBits),
            Some(None) => write!(f, "; {}", Parameter::ClientMaxWindowBits),
            None => Ok(()),
        }
    }
}
