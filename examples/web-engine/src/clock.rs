//! The plugin within the page's program.

use connector::plugin::{CallError, PluginClient, plugin};

/// A plugin that knows the time, and tells everybody who has asked.
pub(crate) struct Clock;

#[plugin(name = "clock", display_name = "A plugin of the page", events("asked"))]
impl Clock {
    /// Returns the time in UTC.
    #[method]
    fn now(&self, client: &PluginClient) -> Result<String, CallError> {
        Self::emit_asked(client, ())?;
        Ok(js_sys::Date::new_0().to_iso_string().into())
    }

    /// Returns the weekday of a date, such as `2024-02-29`, or nothing if it is not one.
    #[method]
    fn weekday(&self, date: String) -> Option<&'static str> {
        let date = js_sys::Date::new(&date.into());
        let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
        // One that is not a date has no time.
        (!date.get_time().is_nan()).then(|| days[date.get_utc_day() as usize])
    }
}
