//! Messages that arrive before the program runs.

use js_sys::{Array, Function, Reflect, Symbol};
use wasm_bindgen::JsCast;
use web_sys::MessageEvent;

/// The name under which the script of `clients/web` keeps early messages.
const KEEPER: &str = "connector.early";

/// Takes the messages that came to the page or worker before, in order. They are kept by the
/// package `@connector-kit/web`, since nothing else listens until the program is compiled.
pub(super) fn take() -> Vec<MessageEvent> {
    let keeper = Reflect::get(&js_sys::global(), &Symbol::for_(KEEPER));
    let Ok(keeper) = keeper else { return Vec::new() };
    let take = Reflect::get(&keeper, &"take".into()).ok().and_then(|take| take.dyn_into().ok());
    let Some(take): Option<Function> = take else { return Vec::new() };
    let Ok(taken) = take.call0(&keeper) else { return Vec::new() };
    Array::from(&taken).iter().map(JsCast::unchecked_into).collect()
}
