//! Derives for structs that name their parts, and for enums that delegate.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Data, DeriveInput, Field, Member, Type};

use crate::attr::{Arg, AttrSpec, Slot};
use crate::container::{Container, named};
use crate::ctxt::{Ctxt, error};
use crate::symbol::CRATE;
use crate::value;

/// The grammar of a derive's attributes.
pub(crate) struct Grammar<R: 'static> {
    /// The attribute's name.
    pub(crate) name: &'static str,
    /// The derived thing, for error messages.
    pub(crate) thing: &'static str,
    pub(crate) on_struct: AttrSpec,
    pub(crate) on_enum: AttrSpec,
    pub(crate) on_field: AttrSpec,
    /// The keys of `on_field`.
    pub(crate) roles: &'static [(&'static str, R)],
}

/// The parsed item.
pub(crate) enum Input<K, R> {
    Struct { keys: Box<K>, parts: Vec<Part<R>> },
    Enum(Vec<Variant>),
}

/// The checked item.
pub(crate) enum Model<'a, S> {
    Struct(S),
    Enum(&'a [Variant]),
}

/// A field of a struct, and its role.
pub(crate) struct Part<R> {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    /// The key that gives it, and its meaning.
    pub(crate) role: Option<(Ident, R)>,
}

/// A variant of an enum: one part that everything is delegated to.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
}

impl<K, R> Input<K, R> {
    /// The model of an enum, or of a struct by `check`.
    pub(crate) fn check<'a, S>(
        &'a self,
        check: impl FnOnce(&'a K, &'a [Part<R>]) -> Option<S>,
    ) -> Option<Model<'a, S>> {
        match self {
            Self::Struct { keys, parts } => check(keys, parts).map(Model::Struct),
            Self::Enum(variants) => Some(Model::Enum(variants)),
        }
    }

    /// The keys on a struct.
    pub(crate) fn keys(&self) -> Option<&K> {
        match self {
            Self::Struct { keys, .. } => Some(keys),
            Self::Enum(_) => None,
        }
    }
}

impl<R: Copy> Grammar<R> {
    /// Parses an item. `read` parses the value of a key of `on_struct`, other
    /// than `crate`.
    pub(crate) fn parse<K: Default>(
        &self,
        cx: &Ctxt,
        input: DeriveInput,
        mut read: impl FnMut(&mut K, &Ident, ParseStream<'_>) -> syn::Result<()>,
    ) -> (Container, Option<Input<K, R>>) {
        let is_enum = matches!(input.data, Data::Enum(_));
        let spec = if is_enum { &self.on_enum } else { &self.on_struct };
        let mut krate = Slot::default();
        let mut keys = Box::<K>::default();
        for attr in named(&input.attrs, self.name) {
            spec.read(cx, attr, |arg, input| {
                let key = match arg {
                    Arg::Key(key) => key,
                    Arg::Literal(literal) => return Err(spec.unexpected(&literal)),
                };
                if key == CRATE {
                    krate.set(cx, &key, value::path(&key, input)?);
                } else if spec.has(&key) {
                    read(&mut keys, &key, input)?;
                } else {
                    return Err(self.misplaced(spec, &key));
                }
                Ok(())
            });
        }
        let container = Container::new(&input, krate.get());
        let thing = self.thing;
        let input = match input.data {
            Data::Struct(data) => {
                let fields = data.fields.into_iter().enumerate();
                let parts = fields.map(|(index, field)| self.part(cx, index, field));
                Some(Input::Struct { keys, parts: parts.collect() })
            }
            Data::Enum(data) => Some(Input::Enum(self.variants(cx, &input.ident, data.variants))),
            Data::Union(data) => {
                let message =
                    format_args!("a union cannot be a {thing}: make it a struct or an enum");
                cx.error(data.union_token, message);
                None
            }
        };
        (container, input)
    }

    /// The error of a key that `spec` does not have: another item may.
    fn misplaced(&self, spec: &AttrSpec, key: &Ident) -> syn::Error {
        let name = self.name;
        if self.on_struct.has(key) {
            let message =
                format_args!("an enum takes no `{key}`: put it on the structs in its variants");
            error(key, message)
        } else if self.on_field.has(key) {
            error(key, format_args!("`{key}` belongs on a field: write `#[{name}({key})]` there"))
        } else {
            spec.unknown(key)
        }
    }

    fn part(&self, cx: &Ctxt, index: usize, field: Field) -> Part<R> {
        let mut role: Option<(Ident, R)> = None;
        for attr in named(&field.attrs, self.name) {
            self.on_field.read(cx, attr, |arg, input| {
                let key = match arg {
                    Arg::Key(key) => key,
                    Arg::Literal(literal) => return Err(self.on_field.unexpected(&literal)),
                };
                let Some((_, found)) = self.roles.iter().find(|(name, _)| key == name) else {
                    return Err(self.on_field.unknown(&key));
                };
                value::flag(&key, input)?;
                match &role {
                    Some((first, _)) => cx.error(
                        &key,
                        format_args!(
                            "the field is already `{first}`: remove `{key}`, or add another field \
                             for it"
                        ),
                    ),
                    None => role = Some((key, *found)),
                }
                Ok(())
            });
        }
        let member = field.ident.map_or_else(|| Member::from(index), Member::Named);
        Part { member, ty: field.ty, role }
    }

    fn variants(
        &self,
        cx: &Ctxt,
        ident: &Ident,
        variants: impl IntoIterator<Item = syn::Variant>,
    ) -> Vec<Variant> {
        let thing = self.thing;
        let mut read = Vec::new();
        let mut any = false;
        for variant in variants {
            any = true;
            read.extend(self.variant(cx, variant));
        }
        if !any {
            let message = format_args!(
                "an enum without variants cannot be a {thing}: add one, such as `A(Type)`"
            );
            cx.error(ident, message);
        }
        read
    }

    fn variant(&self, cx: &Ctxt, variant: syn::Variant) -> Option<Variant> {
        let Self { name, thing, .. } = *self;
        let inner = variant.fields.iter().flat_map(|field| &field.attrs);
        for attr in variant.attrs.iter().chain(inner) {
            if attr.path().is_ident(name) {
                let message = format_args!(
                    "a variant takes no `#[{name}(..)]`: put it on the {thing} inside of it"
                );
                cx.error(attr, message);
            }
        }
        let ident = variant.ident;
        let shown = match variant.fields {
            syn::Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                let field = fields.unnamed.into_iter().next()?;
                return Some(Variant { ident, ty: field.ty });
            }
            syn::Fields::Unit => ident.to_token_stream(),
            fields => fields.to_token_stream(),
        };
        let message = format_args!("a variant holds exactly one {thing}: write `{ident}(Type)`");
        cx.error(shown, message);
        None
    }
}
