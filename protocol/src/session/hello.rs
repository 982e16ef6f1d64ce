//! The introductions that open a session, in every protocol.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::hidden::Hidden;
use crate::pomelo::handshake::{Agreement, Dictionary};

/// A client's introduction. `Debug` does not show its data.
#[derive(Clone, Default, PartialEq)]
pub struct Hello {
    /// The client's description of itself.
    pub client: ClientProfile,
    /// The data of the application's client, such as a name or a token.
    pub user: Option<Value>,
    /// The ways in which both sides write messages from now on.
    pub agreement: Agreement,
    /// The codes of routes that the client gets, or has cached.
    pub dictionary: Option<Arc<Dictionary>>,
}

impl fmt::Debug for Hello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, user, agreement, dictionary } = self;
        f.debug_struct("Hello")
            .field("client", client)
            .field("user", &Hidden(user))
            .field("agreement", agreement)
            .field("dictionary", dictionary)
            .finish()
    }
}

/// A client's description of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientProfile {
    /// The kind of client, such as `js-websocket` or a platform.
    pub kind: Option<String>,
    /// The version of the client's library.
    pub version: Option<String>,
    /// All that the client sent, in the type of its protocol: for pomelo
    /// [`ClientInfo`](crate::pomelo::handshake::ClientInfo).
    pub details: Details,
}

/// The application's answer to a [`Hello`].
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The client is accepted.
    Accept {
        /// The data for the application's client.
        user: Option<Value>,
    },
    /// The client is refused.
    Refuse {
        /// The code of the refusal. Pomelo's are in
        /// [`codes`](crate::pomelo::handshake::codes).
        code: u16,
    },
}

/// A server's welcome.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Welcome {
    /// The data of the application's server.
    pub user: Option<Value>,
    /// The ways in which both sides write messages from now on.
    pub agreement: Agreement,
    /// The codes of routes that the server knows.
    pub dictionary: Option<Arc<Dictionary>>,
    /// All that the server sent, in the type of its protocol: for pomelo
    /// [`Response`](crate::pomelo::handshake::Response).
    pub details: Details,
}

/// A value of a type that only one protocol knows. Default: no value.
#[derive(Clone, Default)]
pub struct Details(Option<Arc<dyn Detail>>);

trait Detail: Any + fmt::Debug + Send + Sync {
    fn equals(&self, other: &dyn Detail) -> bool;
}

impl<T: Any + fmt::Debug + PartialEq + Send + Sync> Detail for T {
    fn equals(&self, other: &dyn Detail) -> bool {
        (other as &dyn Any).downcast_ref() == Some(self)
    }
}

impl Details {
    /// Wraps a value.
    pub fn new<T: Any + fmt::Debug + PartialEq + Send + Sync>(value: T) -> Self {
        Self(Some(Arc::new(value)))
    }

    /// Returns the value, if it is of this type.
    pub fn get<T: Any>(&self) -> Option<&T> {
        (self.0.as_deref()? as &dyn Any).downcast_ref()
    }
}

impl PartialEq for Details {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => one.equals(&**other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }
}

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("nothing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_have_one_type_and_compare_by_value() {
        let details = Details::new(7_u8);
        assert_eq!(details.get::<u8>(), Some(&7));
        assert_eq!(details.get::<u16>(), None);
        assert_eq!(details, Details::new(7_u8));
        assert_ne!(details, Details::new(8_u8));
        assert_ne!(details, Details::new(7_u16));
        assert_ne!(details, Details::default());
        assert_eq!(Details::default(), Details::default());
    }
}
