//! The errors of one item, reported all at once.

use std::cell::RefCell;
use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// Collects the errors of one item, so that a user sees all of them.
///
/// Every stage records its errors and goes on. Dropping a `Ctxt` without
/// [`Ctxt::finish`] panics, since its errors would be lost.
pub(crate) struct Ctxt {
    /// `None` after `finish`.
    errors: RefCell<Option<Vec<syn::Error>>>,
}

impl Ctxt {
    pub(crate) fn new() -> Self {
        Self { errors: RefCell::new(Some(Vec::new())) }
    }

    /// Records an error at `tokens`.
    pub(crate) fn error(&self, tokens: impl ToTokens, message: impl Display) {
        // Not generic from here on: one copy instead of one per call.
        self.record(error(tokens, message));
    }

    pub(crate) fn record(&self, error: syn::Error) {
        if let Some(errors) = &mut *self.errors.borrow_mut() {
            errors.push(error);
        }
    }

    /// Records the error of a result, if it has one.
    pub(crate) fn ok<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.record(error)).ok()
    }

    /// Returns `true` if nothing is wrong so far. A missing key is not reported
    /// beside one that could not be parsed, which may be the missing one.
    pub(crate) fn is_clean(&self) -> bool {
        self.errors.borrow().as_ref().is_none_or(Vec::is_empty)
    }

    /// Returns what the model expands to, or the errors beside a stand-in for that.
    pub(crate) fn expansion<M>(
        self,
        model: Option<M>,
        expand: impl FnOnce(M) -> TokenStream,
        stand_in: impl FnOnce() -> TokenStream,
    ) -> TokenStream {
        match self.finish() {
            Ok(()) => model.map(expand).unwrap_or_default(),
            Err(errors) => {
                let stand_in = stand_in();
                quote!(#errors #stand_in)
            }
        }
    }

    /// Returns an item as it was written, with the errors behind it.
    pub(crate) fn beside(self, item: TokenStream) -> TokenStream {
        match self.finish() {
            Ok(()) => item,
            Err(errors) => quote!(#item #errors),
        }
    }

    /// Returns all errors, if there are any.
    pub(crate) fn finish(self) -> Result<(), TokenStream> {
        let errors = self.errors.take().unwrap_or_default();
        match errors.into_iter().reduce(|mut all, error| {
            all.combine(error);
            all
        }) {
            Some(all) => Err(all.into_compile_error()),
            None => Ok(()),
        }
    }
}

impl Drop for Ctxt {
    fn drop(&mut self) {
        if self.errors.borrow().is_some() && !std::thread::panicking() {
            panic!("forgot to report the errors");
        }
    }
}

/// An error that underlines all of `tokens`.
pub(crate) fn error(tokens: impl ToTokens, message: impl Display) -> syn::Error {
    syn::Error::new_spanned(tokens.into_token_stream(), message)
}

#[cfg(test)]
mod tests {
    use quote::{format_ident, quote};

    use super::*;

    #[test]
    fn reports_all_errors() {
        let cx = Ctxt::new();
        cx.error(format_ident!("a"), "first");
        cx.error(quote!(b c), "second");
        let errors = cx.finish().unwrap_err().to_string();
        assert!(errors.contains("first") && errors.contains("second"), "{errors}");
    }

    #[test]
    #[should_panic = "forgot"]
    fn forgetting_the_errors_panics() {
        drop(Ctxt::new());
    }
}
