//! Options about the calls of a method: their order and their timeout.

use connector_protocol::milliseconds;

use super::Reader;
use super::options::Options;
use crate::model::Order;
use crate::place::Spanned;

impl Reader<'_> {
    /// The order of a method's calls. A second one is a mistake.
    pub(super) fn order_option(&mut self, options: &Options<'_>) -> Option<Spanned<Order>> {
        let flag = |name: &str, order| {
            let place = self.set_flag(options, &format!("connector.{name}"))?;
            Some(Spanned::new(order, place))
        };
        let key = self.text_option(options, "connector.key");
        let key = key.map(|Spanned { value, place }| Spanned::new(Order::Keyed(value), place));
        let orders = [flag("serial", Order::Serial), flag("concurrent", Order::Concurrent), key];
        let mut orders: Vec<_> = orders.into_iter().flatten().collect();
        orders.sort_by(|a, b| a.place.cmp(&b.place));
        let mut orders = orders.into_iter();
        let first = orders.next()?;
        for second in orders {
            let first = name(&first.value);
            let message = format!(
                "a method has one order, and `connector.{first}` sets it already: remove one of \
                 the two options"
            );
            self.mistakes.add(&second.place, message);
        }
        Some(first)
    }

    /// The milliseconds after which a call is dropped. A text that is no time is a mistake.
    pub(super) fn timeout_option(&mut self, options: &Options<'_>) -> Option<Spanned<u64>> {
        let Spanned { value: text, place } = self.text_option(options, "connector.timeout")?;
        match milliseconds(&text) {
            Some(0) => {
                let message = format!(
                    "no call returns within `{text}`: write a longer time, as in `option \
                     (connector.timeout) = \"5s\";`"
                );
                self.mistakes.add(&place, message);
            }
            Some(milliseconds) => return Some(Spanned::new(milliseconds, place)),
            None => {
                let message = format!(
                    "`{text}` is not a time: write a number with `ms`, `s` or `m`, as in `option \
                     (connector.timeout) = \"5s\";`"
                );
                self.mistakes.add(&place, message);
            }
        }
        None
    }
}

/// The option that sets an order.
fn name(order: &Order) -> &'static str {
    match order {
        Order::Concurrent => "concurrent",
        Order::Keyed(_) => "key",
        Order::Serial => "serial",
    }
}
