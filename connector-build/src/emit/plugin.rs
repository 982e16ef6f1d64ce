//! The client of a Remix plugin that a service describes.

use connector_schema::Schema;
use connector_schema::model::{Field, FieldKind, Method, Scalar, Type};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::Emit;
use crate::docs;
use crate::prost_output::MethodNames;

/// The functions that every client has.
const RESERVED: [&str; 3] = ["at", "new", "profile"];

impl Emit<'_> {
    /// The client of the plugin with this name.
    pub(super) fn plugin(&self, name: &str, schema: &Schema) -> TokenStream {
        let private = self.private;
        let client = format_ident!("{}Client", self.names.stem);
        let own = docs::attributes(&self.names.docs);
        let blank = (!self.names.docs.is_empty()).then(|| quote!(#[doc = ""]));
        let docs = format!(" Calls the plugin `{name}`, and listens to its events.");
        let deprecated = self.service.deprecated.then(|| quote!(#[deprecated]));
        let of_kind = |events: bool| {
            let methods = self.service.methods.iter();
            methods.filter(move |method| method.is_event() == events).map(Method::plugin_name)
        };
        let (methods, events) = (of_kind(false), of_kind(true));
        let functions = self.methods().map(|(method, names)| {
            if method.is_event() {
                self.event(method, names, schema)
            } else {
                self.call(method, names, schema)
            }
        });
        quote! {
            #own #blank
            #[doc = #docs]
            #deprecated
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            pub struct #client<C = #private::plugin::PluginClient>(#private::plugin::Remote<C>);
            impl #client {
                /// The plugin's name, behind which its services follow after dots.
                pub const NAME: &'static #private::str = #name;
                /// The names of the methods.
                pub const METHODS: &'static [&'static #private::str] = &[#(#methods),*];
                /// The names of the events.
                pub const EVENTS: &'static [&'static #private::str] = &[#(#events),*];
                /// Returns a profile with the name, the methods and the events.
                pub fn profile() -> #private::plugin::Profile {
                    #private::plugin::profile(Self::NAME, Self::METHODS, Self::EVENTS)
                }
            }
            impl<__C: #private::plugin::PluginCaller> #client<__C> {
                /// Creates a client of the plugin that calls by `caller`.
                pub fn new(caller: &__C) -> Self {
                    Self::at(caller, #name)
                }
                /// Creates a client of a plugin with the same methods and another name.
                pub fn at(
                    caller: &__C,
                    path: impl ::core::convert::Into<
                        ::std::borrow::Cow<'static, #private::str>
                    >,
                ) -> Self {
                    Self(#private::plugin::Remote::new(caller, path.into()))
                }
                #(#functions)*
            }
        }
    }

    fn call(&self, method: &Method, names: &MethodNames, schema: &Schema) -> TokenStream {
        let private = self.private;
        let MethodNames { input, output, .. } = names;
        let wire = method.plugin_name();
        let docs = plugin_docs(names, &format!(" Method `{wire}`."));
        let deprecated = method.deprecated.then(|| quote!(#[deprecated]));
        let name = function(names);
        let takes = self.fields(&method.input.value, schema);
        let returns = self.fields(&method.output.value, schema);
        let (argument, message) = if method.takes_nothing() {
            (None, quote!(&()))
        } else {
            (Some(quote!(, message: #input)), quote!(&message))
        };
        let (read, unwrap) = if method.returns_nothing() {
            (quote!(#private::serde::de::IgnoredAny), Some(quote!(.map(|_| ()))))
        } else {
            (quote!(#output), None)
        };
        quote! {
            #docs
            ///
            /// # Errors
            /// Returns the plugin's error, or the reason why there is no answer.
            #deprecated
            pub async fn #name(&self #argument)
                -> ::core::result::Result<#output, #private::plugin::CallError>
            {
                let call = self.0.call_fields::<_, #read>(#wire, #message, #takes, #returns);
                call.await #unwrap
            }
        }
    }

    fn event(&self, method: &Method, names: &MethodNames, schema: &Schema) -> TokenStream {
        let private = self.private;
        let event = &names.output;
        let wire = method.plugin_name();
        let docs = plugin_docs(names, &format!(" Listens to the event `{wire}`."));
        let deprecated = method.deprecated.then(|| quote!(#[deprecated]));
        let name = function(names);
        let on = format_ident!("on_{}", names.ident);
        let on_docs = format!(" Calls `callback` with each event `{wire}`. It must not block.");
        let fields = self.fields(&method.output.value, schema);
        let read = quote! {
            |arguments, values| #private::plugin::gather(arguments, values, #fields)
        };
        quote! {
            #docs
            #deprecated
            pub fn #name(&self) -> #private::plugin::Events<#event> {
                self.0.events(#wire, #read)
            }
            #[doc = #on_docs]
            #deprecated
            pub fn #on(
                &self,
                callback: impl ::core::ops::Fn(#event)
                    + #private::MaybeSend + #private::MaybeSync + 'static,
            ) -> #private::plugin::EventListener {
                self.0.on_read(#wire, #read, callback)
            }
        }
    }

    /// The fields of a message as a slice. Well-known types have none.
    fn fields(&self, message: &str, schema: &Schema) -> TokenStream {
        let private = self.private;
        let fields = schema.message(message).into_iter().flat_map(|message| &message.fields);
        let fields = fields.map(|field| {
            let name = &field.json_name;
            let default = default(field, schema);
            let field = if is_wide(&field.kind) { quote!(wide_field) } else { quote!(field) };
            quote!(#private::plugin::#field(#name, #default))
        });
        quote!(const { &[#(#fields),*] })
    }
}

/// The comments on a method or an event, and its name on the wire.
fn plugin_docs(names: &MethodNames, wire: &str) -> TokenStream {
    let docs = docs::attributes(&names.docs);
    let blank = (!names.docs.is_empty()).then(|| quote!(#[doc = ""]));
    quote!(#docs #blank #[doc = #wire])
}

/// The name of a method's function.
fn function(names: &MethodNames) -> Ident {
    let ident = &names.ident;
    if RESERVED.iter().any(|name| ident == name) {
        format_ident!("{ident}_")
    } else {
        ident.clone()
    }
}

/// The JSON of a field without a value.
fn default(field: &Field, schema: &Schema) -> String {
    let ty = match &field.kind {
        FieldKind::Repeated(_) => return "[]".to_owned(),
        FieldKind::Map { .. } => return "{}".to_owned(),
        FieldKind::Single(_) if field.presence || field.oneof.is_some() => {
            return "null".to_owned();
        }
        FieldKind::Single(ty) => ty,
    };
    match ty {
        Type::Message(_) => "null".to_owned(),
        Type::Scalar(Scalar::String | Scalar::Bytes) => "\"\"".to_owned(),
        Type::Scalar(Scalar::Bool) => "false".to_owned(),
        Type::Scalar(_) => "0".to_owned(),
        Type::Enum(name) => {
            let values = schema.enumeration(name).into_iter().flat_map(|item| &item.values);
            let zero = values.into_iter().find(|value| value.number == 0);
            zero.map_or_else(|| "0".to_owned(), |value| format!("\"{}\"", value.name.value))
        }
    }
}

/// Returns `true` for one or several 64-bit integers.
fn is_wide(kind: &FieldKind) -> bool {
    use Scalar::{Fixed64, Int64, Sfixed64, Sint64, Uint64};
    let (FieldKind::Single(ty) | FieldKind::Repeated(ty)) = kind else { return false };
    matches!(ty, Type::Scalar(Int64 | Uint64 | Sint64 | Fixed64 | Sfixed64))
}
