//! Everything a plugin's methods, listeners and hooks may take and return.

#![deny(missing_docs, unused, clippy::all, clippy::pedantic)]
#![allow(
    missing_debug_implementations,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::unused_async,
    clippy::unused_self,
    reason = "its methods do nothing"
)]

use std::borrow::Cow;
use std::sync::Arc;

use connector::plugin::{
    Arguments, CallError, LocalPlugin, Payload, Plugin, PluginCall, PluginClient, PluginError,
    PluginEvent, PluginMethods, Profile, RequestInfo, Rest, plugin,
};

/// Of a library.
pub struct Compiler {
    version: String,
}

/// Read and written.
#[derive(serde::Deserialize, serde::Serialize)]
pub struct Settings<T = u8> {
    optimize: Option<T>,
}

/// An error with a text.
#[derive(Debug)]
pub struct CompileError;

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no")
    }
}

type Answer<T> = Result<T, CompileError>;

/// Compiles.
#[plugin(
    name = "compiler",
    events("finished", "progress"(u32), "log"(&str, Option<&Settings>), "stopped"()),
    version = env!("CARGO_PKG_VERSION"),
    permission = false,
)]
impl Compiler {
    const DEFAULT: u8 = 1;

    fn not_exposed(&self) -> u8 {
        Self::DEFAULT
    }

    #[method]
    fn nothing(&self) {}

    #[method]
    async fn own(&self, file: String, settings: Settings, flags: Option<Vec<u8>>) -> Settings<u8> {
        drop((file, flags));
        settings
    }

    #[method]
    fn borrowed(&self, number: u8) -> &str {
        let _ = number;
        &self.version
    }

    #[method]
    async fn elided<'a>(&'a self, call: &'a PluginCall, _: u8) -> Cow<'a, str> {
        Cow::Borrowed(call.method())
    }

    #[method]
    fn opaque(&self, text: Cow<'static, str>) -> impl serde::Serialize + use<> {
        text.into_owned()
    }

    #[method]
    async fn fails(&self, Settings { optimize }: Settings<String>) -> Result<u8, CompileError> {
        let _ = (optimize, self.not_exposed());
        Err(CompileError)
    }

    #[method]
    async fn by_alias(&self, tuple: (u8, [u8; 2]), raw: Payload) -> Answer<Payload> {
        let _ = tuple;
        Ok(raw)
    }

    #[method]
    async fn called(
        &self,
        caller: &RequestInfo,
        client: &PluginClient,
        file: String,
        maybe: Option<&RequestInfo>,
        Rest(rest): Rest<Payload>,
    ) -> Result<(), PluginError> {
        let _ = (caller, maybe, rest);
        client.call::<()>("fileManager", "open", (&file,)).await?;
        Self::emit_finished(client, [1, 2])?;
        Self::emit_progress(client, 1)?;
        Self::emit_log(client, "text", None)?;
        Ok(Self::emit_stopped(client)?)
    }

    #[method("type")]
    fn r#type(&self, r#fn: u8) -> u8 {
        r#fn
    }

    #[method(service = "git")]
    #[cfg(not(any()))]
    fn fetch(&self) -> Result<Vec<u8>, String> {
        Err("none".into())
    }

    #[method(service = "git")]
    #[cfg(any())]
    fn fetch(&self) -> Missing {}

    #[on("fileManager", "currentFileChanged")]
    async fn changed(&self, file: Option<String>) {
        drop(file);
    }

    #[on("manager", "pluginActivated")]
    fn activated_other(&self, event: &PluginEvent, profile: Profile) -> Result<(), CallError> {
        let _ = profile;
        Self::emit_progress(event.client(), 1)
    }

    #[on_activation]
    async fn start(&self) {}

    #[on_deactivation]
    fn stop(&self, _: &PluginClient) -> Result<(), PluginError> {
        Ok(())
    }

    #[can_activate]
    async fn may_start(&self, from: &Profile, _: Option<&str>) -> bool {
        from.name == "manager"
    }

    #[can_deactivate]
    fn may_stop(&self) -> bool {
        true
    }
}

/// Without anything.
pub struct Empty;

#[plugin(name = "empty")]
impl Empty {}

#[test]
fn every_form_of_a_plugin() {
    let compiler = Arc::new(Compiler { version: String::new() });
    let names = compiler.methods();
    assert_eq!(names.last().unwrap(), "git.fetch");
    assert_eq!(compiler.listens_to().len(), 2);
    assert_eq!(Compiler::profile().description.unwrap(), "Compiles.");
    assert_eq!(Empty::profile(), Profile::new("empty"));
    drop(LocalPlugin::of(compiler));
    drop(Arguments::default());
}
