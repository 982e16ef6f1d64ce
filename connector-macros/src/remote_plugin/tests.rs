use proc_macro2::TokenStream;
use quote::quote;

use super::remote_plugin;
use crate::testing::{assert_errors, assert_expands};

fn check(args: TokenStream, item: TokenStream, expected: &[&str]) {
    assert_errors(remote_plugin(args, item), expected);
}

#[test]
fn a_trait_becomes_a_client() {
    assert_expands(
        "remote_plugin",
        remote_plugin(
            quote!("fileManager"),
            quote! {
                /// The files of the IDE.
                pub trait FileManager {
                    /// Returns the content of a file.
                    async fn read_file(&self, path: &str) -> String;

                    #[deprecated]
                    #[method("setFile")]
                    async fn write<T: Serialize>(&self, path: &str, content: T, opt: Option<u8>);

                    async fn close_all_files(&self) -> ();

                    /// Files that were saved.
                    #[event]
                    fn file_saved(&self, file: String);

                    #[cfg(feature = "x")]
                    #[connector::plugin::event("fileRenamed")]
                    fn renamed(&self, old: String, new: String, is_folder: bool);

                    #[event]
                    fn no_file_selected(&self);
                }
            },
        ),
    );
}

#[test]
fn a_profile_adds_what_the_trait_does_not_describe() {
    assert_expands(
        "remote_plugin_profile",
        remote_plugin(
            quote!(profile = "fixtures/profile.json", crate = "my::sdk"),
            quote! {
                trait Compiler {
                    async fn compile(&self, file: &str) -> Artifact;
                }
            },
        ),
    );
}

#[test]
fn errors_leave_a_client_that_stands_in() {
    assert_expands(
        "remote_plugin_stand_in",
        remote_plugin(
            quote!(),
            quote! {
                pub(crate) trait Files {
                    async fn read_file(&self, path: &str) -> String;
                    #[event]
                    fn file_saved(&self, file: String);
                }
            },
        ),
    );
}

#[test]
fn reports_all_errors_at_once() {
    check(
        quote!(fileManager, profile = 7, crate = my::sdk, notify = 1),
        quote! {
            unsafe trait Files<T>: Clone {
                const A: u8;
                type B;
                fn read_file(&self) -> String;
                #[event] async fn saved(&self, file: &str, parts: &[u8], any: impl X) -> u8;
                async fn no_self(path: &str);
                async fn by_mut(&mut self, _: u8, (a, b): (u8, u8));
                async fn new(&self) { body() }
                async fn result(&self) -> Result<u8, CallError>;
                async fn unit(&self) -> CallResult<()>;
                async fn nothing(&self) -> Result<()>;
                async fn handshake(&self);
                #[method("git.fetch")] async fn fetch(&self);
                #[method("")] async fn empty(&self);
                #[method("result")] async fn again(&self);
                #[method = "x"] async fn assigned(&self);
                #[method(x)] async fn bare(&self);
                #[method(7)] async fn number(&self);
                #[method] #[event] async fn both(&self);
                async fn constant<const N: usize>(&self);
                #[event] fn generic<X>(&self, x: X);
            }
        },
        &[
            "the plugin's name goes in quotes: write `\"fileManager\"`",
            "expected a string: write `profile = \"profiles/files.json\"`",
            "expected a path in quotes: write `crate = \"my::sdk\"`",
            "unknown key `notify`: `#[remote_plugin(..)]` takes `profile` and `crate`",
            "a plugin's description is not code: remove `unsafe`",
            "a plugin's description has no parameters: write `trait Files`; methods may have some",
            "a plugin's description has no supertraits: write `trait Files`",
            "a plugin has methods and events only: write `async fn` for a method, `#[event] fn` \
             for an event, or remove this",
            "a plugin has methods and events only: write `async fn` for a method, `#[event] fn` \
             for an event, or remove this",
            "the body is in the other plugin: write `;` instead",
            "a name goes in parentheses: write `#[method(\"x\")]`",
            "the name goes in quotes: write `#[method(\"x\")]`",
            "expected a string: write `\"name\"`",
            "`both` is a method already: remove this attribute",
            "a call takes time: write `async fn read_file`, or put `#[event]` on it if it is an \
             event",
            "an event is listened to, and not called: write `fn saved`",
            "events own what they bring: write `file: String` instead of a reference",
            "events own what they bring: write `parts: Vec<u8>` instead of a reference",
            "an event's arguments have one type each: write it, or `Payload` for any JSON",
            "an event has no result: remove the type behind `->`",
            "a method needs a receiver: write `async fn no_self(&self, ..)`",
            "clients are shared: write `&self`",
            "an argument needs a name, as in the plugin's documentation",
            "an argument needs a name, as in the plugin's documentation",
            "every client has a function `new`: rename this one, and write its name as \
             `#[method(\"new\")]`",
            "every call returns a `Result<_, CallError>`: write `-> u8` alone",
            "every call returns a `Result<_, CallError>`: remove the type behind `->`",
            "`handshake` belongs to the protocol, and no plugin has such a method",
            "`git.fetch` is a method of a service: write the service behind the plugin's name, \
             such as `#[remote_plugin(\"remixd.git\")]`",
            "a name is not empty: write it as in the plugin's profile",
            "a method has types as parameters only: write a concrete type",
            "an event has no parameters: write concrete types",
            "`result` is a method of this plugin already: remove one of the two",
        ],
    );
}

#[test]
fn the_plugin_has_one_name() {
    let files = quote!(
        trait Files {
            async fn list(&self);
        }
    );
    check(
        quote!(),
        files.clone(),
        &["the plugin's name is missing: write `#[remote_plugin(\"fileManager\")]`, or \
           `#[remote_plugin(profile = \"file.json\")]`"],
    );
    check(
        quote!("compiler", profile = "fixtures/profile.json"),
        files.clone(),
        &["the profile has the plugin's name: remove `profile`, or the name in front of it"],
    );
    for name in ["", " ", "a.", ".a", "a..b"] {
        let expected = format!(
            "`{name}` is not the name of a plugin: write it as in its profile, with its services \
             behind dots, such as `\"remixd.git\"`"
        );
        check(quote!(#name), files.clone(), &[&expected]);
    }
}

#[test]
fn a_profile_is_a_file_that_fits() {
    let nothing = || {
        quote!(
            trait Compiler {}
        )
    };
    let refused =
        |path: &str, expected: &str| check(quote!(profile = #path), nothing(), &[expected]);
    let missing = std::io::Error::from_raw_os_error(2);
    refused(
        "none.json",
        &format!(
            "`none.json` cannot be read: {missing}; write the path from the package's directory, \
             where Cargo.toml is"
        ),
    );
    refused(
        "Cargo.toml",
        "`Cargo.toml` is not a profile in JSON: expected value at line 1 column 2",
    );
    refused(
        "fixtures/profile_without_name.json",
        "`fixtures/profile_without_name.json` has no `name`: a profile is an object such as \
         {\"name\": \"files\", \"methods\": [\"readFile\"]}",
    );
    refused(
        "fixtures/profile_odd.json",
        "`methods` in `fixtures/profile_odd.json` is not a list of strings",
    );
    refused(
        "fixtures/profile_names.json",
        "the method `git-fetch` cannot be a function's name: describe it in the trait, with \
         `#[method(\"git-fetch\")]` on it",
    );
    check(
        quote!(profile = "fixtures/profile.json"),
        quote! {
            trait Compiler {
                async fn compile_all(&self);
                #[event("done")]
                fn finished(&self);
            }
        },
        &[
            "`fixtures/profile.json` has no method `compileAll`: it has `compile`, `setVersion`, \
             `move`",
            "`fixtures/profile.json` has no event `done`: it has `compilationFinished`",
        ],
    );
}

#[test]
fn a_trait_is_needed() {
    for (item, what) in [
        (
            quote!(
                struct A;
            ),
            "a struct",
        ),
        (
            quote!(
                enum A {}
            ),
            "an enum",
        ),
        (quote!(impl A {}), "an `impl` block"),
        (
            quote!(
                fn a() {}
            ),
            "a function",
        ),
        (
            quote!(
                mod a {}
            ),
            "a module",
        ),
        (
            quote!(
                const A: u8 = 1;
            ),
            "this item",
        ),
    ] {
        let expected = format!(
            "`#[remote_plugin]` cannot be on {what}: put it on a trait with the plugin's methods, \
             such as `trait Files {{ async fn read_file(&self, path: &str) -> String; }}`"
        );
        check(quote!("files"), item, &[&expected]);
    }
    check(
        quote!("files"),
        quote!(
            trait Files {}
        ),
        &["there is nothing to call: describe a method, such as `async fn read_file(&self, path: \
           &str) -> String;`"],
    );
}
