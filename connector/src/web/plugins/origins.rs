//! The pages that may be a plugin's engine.

use web_sys::Url;

use crate::web::error::WebError;

/// The origins of pages that may open a plugin in a frame, and be its engine.
///
/// ```no_run
/// use connector::web::{Origins, PostLink};
///
/// # fn example() -> Result<PostLink, connector::web::WebError> {
/// let origins = Origins::only(["https://remix.ethereum.org"])?.and_loopback();
/// let link = PostLink::parent(origins)?;
/// # Ok(link)
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    /// The origins. `None` is any.
    only: Option<Vec<String>>,
    loopback: bool,
}

impl Origins {
    /// Allows any page to be the engine. It can then call all methods of the plugin, so none of
    /// them may do what a stranger must not, such as to sign with a key that the browser keeps.
    pub fn any() -> Self {
        Self { only: None, loopback: false }
    }

    /// Allows these origins alone, each a scheme, a host, and a port that is not the scheme's
    /// own.
    ///
    /// # Errors
    /// Returns [`WebError::Origin`] for a text that is not an origin.
    pub fn only<T: AsRef<str>>(origins: impl IntoIterator<Item = T>) -> Result<Self, WebError> {
        let only = origins.into_iter().map(|origin| normal(origin.as_ref()));
        Ok(Self { only: Some(only.collect::<Result<_, _>>()?), loopback: false })
    }

    /// Also allows pages of this machine, at `localhost` and `127.0.0.1` with any port: an IDE
    /// under development.
    #[must_use]
    pub fn and_loopback(mut self) -> Self {
        self.loopback = true;
        self
    }

    /// Returns whether a page of this origin, as the browser writes it, is allowed.
    pub(super) fn allow(&self, origin: &str) -> bool {
        match &self.only {
            None => true,
            Some(only) => {
                only.iter().any(|only| only == origin) || self.loopback && is_loopback(origin)
            }
        }
    }
}

/// Returns an origin as the browser writes it.
fn normal(text: &str) -> Result<String, WebError> {
    let refused = || WebError::Origin(text.to_owned());
    let url = Url::new(text).map_err(|_| refused())?;
    let is_bare = url.pathname() == "/" && url.search().is_empty() && url.hash().is_empty();
    // That of a file or of data, which any such page has.
    if url.origin() == "null" || !is_bare || !url.username().is_empty() {
        return Err(refused());
    }
    Ok(url.origin())
}

fn is_loopback(origin: &str) -> bool {
    Url::new(origin).is_ok_and(|url| {
        ["http:", "https:"].contains(&&*url.protocol())
            && ["localhost", "127.0.0.1"].contains(&&*url.hostname())
    })
}
