//! The arguments that read the body.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type};

/// Types that a method takes beside the body.
const OTHERS: [&str; 6] = ["Cx", "Peer", "RequestId", "ServerHandle", "Session", "State"];

/// An argument that reads the body, by its type.
pub(super) struct BodyArgument {
    /// The type's name, by any path, without an `Option` around it.
    pub(super) name: String,
    pub(super) form: Form,
    pub(super) optional: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `Json`, `Body` and `Proto`, which have a field.
    Wrapped,
    /// Bytes or text, which have no fields.
    Raw,
    /// A message of a `.proto` file, or a type of the user's, which may also read something
    /// else.
    Itself,
}

impl BodyArgument {
    /// Returns how an argument of this type reads the body, if it does.
    pub(super) fn of(ty: &Type) -> Option<Self> {
        match ty {
            Type::Path(path) => {
                let last = path.path.segments.last()?;
                let name = last.ident.to_string();
                let form = match (&*name, &last.arguments) {
                    ("Json" | "Body" | "Proto", _) => Form::Wrapped,
                    ("Raw", _) => Form::Raw,
                    ("Option", PathArguments::AngleBracketed(of)) => match of.args.first()? {
                        GenericArgument::Type(ty) => {
                            return Some(Self { optional: true, ..Self::of(ty)? });
                        }
                        _ => return None,
                    },
                    (name, _) if OTHERS.contains(&name) => return None,
                    _ => Form::Itself,
                };
                Some(Self { name, form, optional: false })
            }
            Type::Reference(reference) => {
                let text = reference.elem.to_token_stream().to_string();
                let is_raw = ["str", "[u8]"].contains(&&*text.replace(' ', ""));
                let name = format!("&{text}");
                is_raw.then_some(Self { name, form: Form::Raw, optional: false })
            }
            Type::Group(group) => Self::of(&group.elem),
            Type::Paren(paren) => Self::of(&paren.elem),
            _ => None,
        }
    }

    /// Returns `true` if the type's name alone says that it reads the body.
    pub(super) fn is_certain(&self) -> bool {
        self.form != Form::Itself
    }
}
