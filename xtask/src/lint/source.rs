//! The texts of one source file, found by `syn`.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Visibility};

use super::rules::{Finding, Rule, Text};

#[cfg(test)]
mod tests;

/// Functions and macros whose literals are texts of errors.
const ERRORS: [&str; 4] = ["error", "new", "new_spanned", "compile_error"];
/// Keys of `#[diagnostic::on_unimplemented]` and `#[deprecated]`.
const NOTES: [&str; 3] = ["message", "note", "label"];

/// Finds what breaks the rules in a file: summaries of public items and of the
/// file itself, and texts.
///
/// # Errors
/// Those of `syn`.
pub(crate) fn findings(source: &str, is_test: bool) -> syn::Result<Vec<Finding>> {
    let file = syn::parse_file(source)?;
    let mut walk = Walk { findings: Vec::new(), is_public: true, is_test };
    walk.documentation(&file.attrs);
    walk.visit_file(&file);
    walk.findings.sort_by_key(|finding| finding.line);
    walk.findings.dedup();
    Ok(walk.findings)
}

struct Walk {
    findings: Vec<Finding>,
    /// The item around is public, so that its variants and fields are too.
    is_public: bool,
    /// Texts of tests quote what they like.
    is_test: bool,
}

impl Walk {
    /// Checks the doc comment among `attributes`.
    fn documentation(&mut self, attributes: &[Attribute]) {
        let mut lines = Vec::new();
        for text in attributes.iter().filter_map(documentation) {
            let first = text.span().start().line;
            lines.extend((first..).zip(text.value().lines().map(str::to_owned)));
        }
        let text = Text { lines };
        self.findings.extend(text.clause());
        self.findings.extend(text.is_no());
    }

    /// Checks a public item's doc comment, and the members of the item.
    fn item(&mut self, is_public: bool, attributes: &[Attribute], members: impl FnOnce(&mut Self)) {
        let around = std::mem::replace(&mut self.is_public, is_public);
        if is_public {
            self.documentation(attributes);
        }
        let is_test = self.is_test;
        self.is_test |= attributes.iter().any(is_for_tests);
        members(self);
        self.is_test = is_test;
        self.is_public = around;
    }

    /// Checks a literal. The text of an error must not begin with a clause.
    fn literal(&mut self, literal: &LitStr, is_error: bool) {
        if self.is_test {
            return;
        }
        let first = literal.span().start().line;
        let value = literal.value();
        let text = Text { lines: (first..).zip(value.lines().map(str::to_owned)).collect() };
        self.findings.extend(text.clause().filter(|_| is_error));
        self.findings.extend(text.is_no());
    }

    /// Checks the literals of a macro's arguments.
    fn tokens(&mut self, tokens: TokenStream, is_error: bool) {
        for token in tokens {
            match token {
                TokenTree::Literal(literal) => {
                    if let Lit::Str(literal) = Lit::new(literal) {
                        self.literal(&literal, is_error);
                    }
                }
                TokenTree::Group(group) => self.tokens(group.stream(), is_error),
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }

    /// Checks the fields and the text of a log line.
    fn log(&mut self, tokens: TokenStream) {
        if self.is_test {
            return;
        }
        let tokens: Vec<_> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let text = match token {
                TokenTree::Punct(punct) if punct.as_char() == '%' => match tokens.get(at + 1) {
                    Some(shown) if shown.to_string() != "escaped" => format!("%{shown}"),
                    _ => continue,
                },
                TokenTree::Literal(text) if text.to_string().contains('{') => text.to_string(),
                _ => continue,
            };
            let line = token.span().start().line;
            self.findings.push(Finding { line, text, rule: Rule::Log });
        }
    }

    /// Checks what is handed to a function or a method.
    fn call<'a>(&mut self, name: Option<String>, arguments: impl Iterator<Item = &'a Expr>) {
        if !name.is_some_and(|name| ERRORS.contains(&name.as_str())) {
            return;
        }
        for argument in arguments {
            match argument {
                Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) => self.literal(literal, true),
                Expr::Macro(call) => self.tokens(call.mac.tokens.clone(), true),
                _ => {}
            }
        }
    }
}

/// Visits items one kind a line: each has the same fields.
macro_rules! items {
    ($($method:ident, $kind:ident;)*) => {$(
        fn $method(&mut self, item: &'ast syn::$kind) {
            self.item(is_public(&item.vis), &item.attrs, |walk| visit::$method(walk, item));
        }
    )*};
}

/// Visits members, which are as public as what they belong to.
macro_rules! members {
    ($($method:ident, $kind:ident;)*) => {$(
        fn $method(&mut self, item: &'ast syn::$kind) {
            self.item(self.is_public, &item.attrs, |walk| visit::$method(walk, item));
        }
    )*};
}

impl<'ast> Visit<'ast> for Walk {
    items! {
        visit_item_const, ItemConst;
        visit_item_enum, ItemEnum;
        visit_item_fn, ItemFn;
        visit_item_static, ItemStatic;
        visit_item_struct, ItemStruct;
        visit_item_trait, ItemTrait;
        visit_item_type, ItemType;
        visit_item_union, ItemUnion;
        visit_item_use, ItemUse;
        visit_impl_item_const, ImplItemConst;
        visit_impl_item_fn, ImplItemFn;
        visit_impl_item_type, ImplItemType;
    }

    members! {
        visit_trait_item_const, TraitItemConst;
        visit_trait_item_fn, TraitItemFn;
        visit_trait_item_type, TraitItemType;
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // What is public in a private module is exported elsewhere.
        self.item(is_public(&item.vis), &item.attrs, |walk| visit::visit_item_mod(walk, item));
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.item(false, &item.attrs, |walk| visit::visit_item_impl(walk, item));
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        let is_exported = item.attrs.iter().any(|attr| attr.path().is_ident("macro_export"));
        // Items inside, as `pin_project!` has them.
        let inside = syn::parse2::<syn::File>(item.mac.tokens.clone());
        self.item(is_exported, &item.attrs, |walk| match &inside {
            Ok(items) => walk.visit_file(items),
            Err(_) => visit::visit_item_macro(walk, item),
        });
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        let is_public = self.is_public;
        self.item(is_public, &variant.attrs, |walk| {
            // The fields of a public variant have no `pub` of their own.
            for field in variant.fields.iter().filter(|_| is_public) {
                walk.documentation(&field.attrs);
            }
            visit::visit_variant(walk, variant);
        });
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        let is_public = self.is_public && is_public(&field.vis);
        self.item(is_public, &field.attrs, |walk| visit::visit_field(walk, field));
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        match &attribute.meta {
            Meta::List(list) if list.path.is_ident("error") => {
                self.tokens(list.tokens.clone(), true);
            }
            Meta::List(list) => {
                for text in notes(list.tokens.clone()) {
                    self.literal(&text, true);
                }
            }
            // Documentation is checked with its item.
            Meta::NameValue(_) | Meta::Path(_) => {}
        }
    }

    fn visit_lit_str(&mut self, literal: &'ast LitStr) {
        self.literal(literal, false);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if call.path.segments.first().is_some_and(|first| first.ident == "tracing") {
            self.log(call.tokens.clone());
        }
        let name = call.path.segments.last().map(|segment| segment.ident.to_string());
        self.tokens(call.tokens.clone(), name.is_some_and(|name| ERRORS.contains(&name.as_str())));
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let name = path.path.segments.last().map(|segment| segment.ident.to_string());
            self.call(name, call.args.iter());
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.call(Some(call.method.to_string()), call.args.iter());
        visit::visit_expr_method_call(self, call);
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// A line of a doc comment, or `#[doc = "..."]`.
fn documentation(attribute: &Attribute) -> Option<&LitStr> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// `#[cfg(test)]` and `#[test]`.
fn is_for_tests(attribute: &Attribute) -> bool {
    match &attribute.meta {
        Meta::Path(path) => path.segments.last().is_some_and(|last| last.ident == "test"),
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        Meta::NameValue(_) => false,
    }
}

/// The values of [`NOTES`] among the arguments of an attribute.
fn notes(arguments: TokenStream) -> Vec<LitStr> {
    let tokens: Vec<_> = arguments.into_iter().collect();
    let notes = tokens.windows(3).filter_map(|tokens| match tokens {
        [TokenTree::Ident(key), TokenTree::Punct(equals), TokenTree::Literal(value)]
            if equals.as_char() == '=' && NOTES.iter().any(|note| key == note) =>
        {
            match Lit::new(value.clone()) {
                Lit::Str(text) => Some(text),
                _ => None,
            }
        }
        _ => None,
    });
    notes.collect()
}
