//! The code that is generated here, beside prost's.

use std::cell::RefCell;
use std::fmt::Write;

use proc_macro2::{Literal, TokenStream};
use syn::{Item, parse_quote};

use super::layout;

/// The code of a compilation, whose places among prost's items are kept by a macro each.
#[derive(Default)]
pub(super) struct Code(RefCell<Vec<TokenStream>>);

/// The macro that keeps a place, as it is printed.
const PLACE: &str = "__connector_code!(";

impl Code {
    /// Adds code, and returns the item that keeps its place.
    pub(super) fn add(&self, tokens: TokenStream) -> Item {
        let mut code = self.0.borrow_mut();
        let index = Literal::usize_unsuffixed(code.len());
        code.push(tokens);
        parse_quote!(__connector_code!(#index);)
    }

    /// Returns the items of the code that `item` keeps the place of.
    pub(super) fn items(&self, item: &Item) -> Option<Vec<Item>> {
        let Item::Macro(item) = item else { return None };
        if !item.mac.path.is_ident("__connector_code") {
            return None;
        }
        let index: usize = item.mac.tokens.to_string().parse().ok()?;
        let tokens = self.0.borrow().get(index)?.clone();
        // All names are identifiers and all types are prost's, so that the tokens are valid
        // Rust for every schema.
        let file: syn::File = syn::parse2(tokens).expect("generated tokens are valid Rust");
        Some(file.items)
    }

    /// Puts the code into printed items.
    pub(super) fn put_into(&self, printed: &str) -> String {
        let code = self.0.borrow();
        let mut text = String::with_capacity(2 * printed.len());
        for line in printed.lines() {
            let place = line.trim_start();
            let index = place.strip_prefix(PLACE).and_then(|rest| rest.strip_suffix(");"));
            match index.and_then(|index| code.get(index.parse::<usize>().ok()?)) {
                Some(tokens) => {
                    let indent = (line.len() - place.len()) / layout::INDENT;
                    layout::write(tokens.clone(), indent, &mut text);
                }
                // A text cannot fail to be written to.
                None => drop(writeln!(text, "{line}")),
            }
        }
        text
    }
}
