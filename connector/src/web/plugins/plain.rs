//! The JSON of JavaScript's values.

use std::cell::{Cell, RefCell};

use js_sys::{
    Array, ArrayBuffer, BigInt, Function, JSON, JsString, Map, Object, Reflect, Set, Uint8Array,
};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// The most arrays and objects that may lie in one another. Beyond some thousand the platform's
/// own stack would end.
pub(super) const NESTING: usize = 512;
/// The most bits of a `BigInt`. The time for its digits grows with their square.
const BIGINT_BITS: f64 = 32_768.0;
/// The most digits of an index of an array, which are not part of the text.
const INDEX: usize = 10;

thread_local! {
    /// The function that makes JSON of what has none.
    static PLAIN: Function = Closure::<dyn Fn(JsString, JsValue) -> Result<JsValue, JsValue>>::new(
        |key, value| READING.with(|reading| reading.plain(&key, value)),
    )
    .into_js_value()
    .unchecked_into();

    static READING: Reading = Reading::default();

    /// The prototype of objects that are nothing else.
    static OBJECT: JsValue = Object::get_prototype_of(&Object::new()).into();
}

/// The reason that a value has no JSON.
pub(super) enum NoJson {
    /// It has more characters than allowed, or more values.
    TooLong,
    /// JavaScript has thrown this exception.
    Exception(JsValue),
}

/// Returns the JSON of a value that was posted.
///
/// A value is small and its text is not: lists with holes have any length, and an object may lie
/// in many places. So what the text has at least is counted before it is written.
///
/// # Errors
/// Returns [`NoJson::TooLong`] for more than `limit` characters.
pub(super) fn stringify(value: &JsValue, limit: usize) -> Result<JsString, NoJson> {
    READING.with(|reading| reading.begin(limit));
    let written = PLAIN.with(|plain| JSON::stringify_with_replacer(value, plain));
    if READING.with(|reading| reading.is_over.get()) {
        return Err(NoJson::TooLong);
    }
    let json = written.map_err(NoJson::Exception)?;
    if json.length() as usize > limit { Err(NoJson::TooLong) } else { Ok(json) }
}

/// A value that is being written. JavaScript asks for each value in the order of the text.
#[derive(Default)]
struct Reading {
    /// The characters that the rest of the text may have.
    left: Cell<usize>,
    /// Whether it has more.
    is_over: Cell<bool>,
    /// The values that are still to come in each array and object that is open.
    open: RefCell<Vec<u32>>,
}

impl Reading {
    fn begin(&self, limit: usize) {
        self.left.set(limit);
        self.is_over.set(false);
        self.open.borrow_mut().clear();
    }

    /// Returns the value that stands for another one in JSON.
    fn plain(&self, key: &JsString, value: JsValue) -> Result<JsValue, JsValue> {
        self.leave_ended();
        self.take(1 + (key.length() as usize).saturating_sub(INDEX))?;
        if value.is_object() {
            return self.object(value);
        }
        if let Some(text) = value.dyn_ref::<JsString>() {
            self.take(text.length() as usize)?;
        } else if let Some(number) = value.dyn_ref::<BigInt>() {
            check_bits(number)?;
            let digits = number.to_string(10)?;
            self.take(digits.length() as usize)?;
            return Ok(digits.into());
        }
        Ok(value)
    }

    fn object(&self, value: JsValue) -> Result<JsValue, JsValue> {
        if Array::is_array(&value) {
            return self.array(value.unchecked_into());
        }
        let is_bare = OBJECT.with(|bare| *Object::get_prototype_of(&value) == *bare);
        if is_bare {
            return self.enter_object(value.unchecked_into());
        }
        if ArrayBuffer::is_view(&value) {
            return self.view(&value);
        }
        if let Some(buffer) = value.dyn_ref::<ArrayBuffer>() {
            self.check_elements(length(&value, "byteLength"))?;
            return self.array(Array::from(&Uint8Array::new(buffer)));
        }
        if let Some(map) = value.dyn_ref::<Map>() {
            self.check_elements(map.size().into())?;
            check_keys(map)?;
            return self.enter_object(Object::from_entries(map)?);
        }
        if let Some(set) = value.dyn_ref::<Set>() {
            self.check_elements(set.size().into())?;
            return self.array(Array::from(set));
        }
        if let Some(error) = value.dyn_ref::<js_sys::Error>() {
            let text = error.message();
            self.take(text.length() as usize)?;
            return Ok(text.into());
        }
        if value.is_instance_of::<JsString>() {
            // An object around a text, which is written as the text.
            self.take(value.unchecked_ref::<JsString>().length() as usize)?;
            return Ok(value);
        }
        self.enter_object(value.unchecked_into())
    }

    /// Returns the numbers of a typed array, or the bytes of a `DataView`.
    fn view(&self, view: &JsValue) -> Result<JsValue, JsValue> {
        let Some(bytes) = view.dyn_ref::<js_sys::DataView>() else {
            self.check_elements(length(view, "length"))?;
            return self.array(Array::from(view));
        };
        self.check_elements(length(view, "byteLength"))?;
        let (offset, length) = (bytes.byte_offset(), bytes.byte_length());
        let bytes = Uint8Array::new_with_byte_offset_and_length(
            &bytes.buffer(),
            offset as u32,
            length as u32,
        );
        self.array(Array::from(&bytes))
    }

    fn array(&self, array: Array) -> Result<JsValue, JsValue> {
        self.check_elements(array.length().into())?;
        self.enter(array.length())?;
        Ok(array.into())
    }

    fn enter_object(&self, object: Object) -> Result<JsValue, JsValue> {
        self.enter(Object::keys(&object).length())?;
        Ok(object.into())
    }

    /// Counts characters.
    ///
    /// # Errors
    /// Returns an exception, which ends the writing, if more are not allowed.
    fn take(&self, characters: usize) -> Result<(), JsValue> {
        let left = self.left.get().checked_sub(characters);
        self.left.set(left.ok_or_else(|| self.end())?);
        Ok(())
    }

    /// Checks that a list is not too long, before it is copied. Its elements have a character
    /// each, and a comma.
    fn check_elements(&self, elements: f64) -> Result<(), JsValue> {
        if elements * 2.0 > self.left.get() as f64 { Err(self.end()) } else { Ok(()) }
    }

    fn end(&self) -> JsValue {
        self.is_over.set(true);
        JsValue::NULL
    }

    /// Enters an array or object with this many values, between two brackets.
    fn enter(&self, values: u32) -> Result<(), JsValue> {
        self.take(2)?;
        let mut open = self.open.borrow_mut();
        open.push(values);
        if open.len() > NESTING {
            return Err(format!("more than {NESTING} arrays and objects lie in one another").into());
        }
        Ok(())
    }

    /// Leaves what has no more values, in front of the next one.
    fn leave_ended(&self) {
        let mut open = self.open.borrow_mut();
        while open.pop_if(|values| *values == 0).is_some() {}
        if let Some(values) = open.last_mut() {
            *values -= 1;
        }
    }
}

/// Returns a length of an object of the platform, which may be beyond 32 bits.
fn length(object: &JsValue, name: &str) -> f64 {
    let length = Reflect::get(object, &name.into()).ok();
    length.and_then(|length| length.as_f64()).unwrap_or_default()
}

/// Checks that the digits of a number are soon written.
fn check_bits(number: &BigInt) -> Result<(), JsValue> {
    let number: &JsValue = number.as_ref();
    let is_small = JsValue::from(BigInt::as_int_n(BIGINT_BITS, number.unchecked_ref())) == *number;
    if is_small { Ok(()) } else { Err(format!("a BigInt has more than {BIGINT_BITS} bits").into()) }
}

/// Checks that the keys of a map are texts, or soon become some. The text of a list has no bound.
fn check_keys(map: &Map) -> Result<(), JsValue> {
    for key in map.keys() {
        let key = key?;
        if key.is_object() {
            return Err("a key of a Map is an object".into());
        }
        key.dyn_ref::<BigInt>().map_or(Ok(()), check_bits)?;
    }
    Ok(())
}
