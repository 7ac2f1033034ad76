//! The time in the form of a `Date` header (RFC 9110, section 5.6.7), made once a second.

use jiff::{Timestamp, fmt::rfc2822};
use std::{
    cell::RefCell,
    time::{SystemTime, UNIX_EPOCH},
};

thread_local! {
    static LAST: RefCell<(u64, String)> = const { RefCell::new((u64::MAX, String::new())) };
}

/// Shows what the time is now.
pub(super) fn with<T>(show: impl FnOnce(&[u8]) -> T) -> T {
    let second = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    LAST.with_borrow_mut(|(last, text)| {
        if *last != second {
            *last = second;
            *text = at(second);
        }
        show(text.as_bytes())
    })
}

fn at(second: u64) -> String {
    let time = i64::try_from(second).ok().and_then(|second| Timestamp::from_second(second).ok());
    // Years beyond 9999 have no such form.
    time.and_then(|time| rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&time).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_date_is_written_as_the_specification_shows_it() {
        assert_eq!(super::at(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
