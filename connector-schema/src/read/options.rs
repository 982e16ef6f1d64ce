//! Options of items.

use protox::prost_reflect::{DynamicMessage, ExtensionDescriptor, Value};

use super::Reader;
use crate::messages;
use crate::place::{Place, Spanned};

/// The options of an item.
pub(super) struct Options<'a> {
    values: DynamicMessage,
    /// The path of the item.
    path: &'a [i32],
    /// The tag of the options in the item's descriptor.
    tag: i32,
}

impl<'a> Options<'a> {
    pub(super) fn new(values: DynamicMessage, path: &'a [i32], tag: i32) -> Self {
        Self { values, path, tag }
    }

    pub(super) fn deprecated(&self) -> bool {
        deprecated(&self.values)
    }
}

/// Reads protobuf's own option for deprecated items.
pub(super) fn deprecated(options: &DynamicMessage) -> bool {
    options.get_field_by_name("deprecated").and_then(|value| value.as_bool()).unwrap_or_default()
}

impl Reader<'_> {
    pub(super) fn flag_option(&self, options: &Options<'_>, name: &str) -> bool {
        self.set_flag(options, name).is_some()
    }

    /// The place of a flag that is set.
    pub(super) fn set_flag(&self, options: &Options<'_>, name: &str) -> Option<Place> {
        let (value, option) = self.option(options, name)?;
        value.as_bool()?.then(|| self.option_place(options, &option))
    }

    pub(super) fn text_option(&self, options: &Options<'_>, name: &str) -> Option<Spanned<String>> {
        let (value, option) = self.option(options, name)?;
        Some(Spanned::new(value.as_str()?.to_owned(), self.option_place(options, &option)))
    }

    /// The number of a route. One that does not fit is a mistake.
    pub(super) fn code_option(
        &mut self,
        options: &Options<'_>,
        name: &str,
    ) -> Option<Spanned<u16>> {
        let (value, option) = self.option(options, name)?;
        let number = value.as_u32()?;
        let place = self.option_place(options, &option);
        match u16::try_from(number) {
            Ok(0) => self.mistakes.add(&place, messages::code_zero()),
            Ok(number) => return Some(Spanned::new(number, place)),
            Err(_) => self.mistakes.add(&place, messages::code_too_large(number)),
        }
        None
    }

    /// The value of an option, if it is written.
    fn option(&self, options: &Options<'_>, name: &str) -> Option<(Value, ExtensionDescriptor)> {
        let extension = self.pool.get_extension_by_name(name)?;
        let written = options.values.has_extension(&extension);
        written.then(|| (options.values.get_extension(&extension).into_owned(), extension))
    }

    fn option_place(&self, options: &Options<'_>, option: &ExtensionDescriptor) -> Place {
        self.locations.place(options.path, &[options.tag, option.number() as i32])
    }
}
