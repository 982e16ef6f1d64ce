//! The page: a list of what was called, and a line that tells who has connected.

use web_sys::{Document, Element};

/// The most lines, of which the newest is the first.
const LINES: u32 = 50;

/// Two elements of the page.
pub(crate) struct Page {
    calls: Option<Element>,
    state: Option<Element>,
}

impl Page {
    /// Finds the elements by their ids.
    pub(crate) fn new(calls: &str, state: &str) -> Self {
        let document = document();
        let find = |id| document.as_ref()?.get_element_by_id(id);
        Self { calls: find(calls), state: find(state) }
    }

    /// Tells who has connected.
    pub(crate) fn set_state(&self, text: &str) {
        if let Some(state) = &self.state {
            state.set_text_content(Some(text));
        }
    }

    /// Adds a line about a call.
    pub(crate) fn add(&self, text: &str) {
        let Some(calls) = &self.calls else { return };
        let Some(line) = document().and_then(|document| document.create_element("li").ok()) else {
            return;
        };
        line.set_text_content(Some(text));
        // A list takes every element.
        let _ = calls.insert_adjacent_element("afterbegin", &line);
        while calls.child_element_count() > LINES
            && let Some(last) = calls.last_element_child()
        {
            last.remove();
        }
    }
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}
