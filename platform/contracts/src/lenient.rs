//! Reading what others write a little differently, and mean the same.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Number;

#[cfg(test)]
mod tests;

/// The largest whole number that every reader of JSON takes for itself: 2^53 - 1.
const EXACT_MAX: i64 = 9_007_199_254_740_991;

/// A whole number; `5.0` is 5, as JSON has it.
///
/// # Errors
/// When it is not whole, or not of the type's range, or so large that not all readers agree on it.
pub fn whole<'de, D: Deserializer<'de>, T: TryFrom<i64>>(deserializer: D) -> Result<T, D::Error> {
    let number = Number::deserialize(deserializer)?;
    within(&number).ok_or_else(|| D::Error::custom(format!("{number} is not a whole number in its range")))
}

/// The same, or none.
///
/// # Errors
/// As [`whole`].
pub fn whole_or_none<'de, D: Deserializer<'de>, T: TryFrom<i64>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let Some(number) = Option::<Number>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let within = within(&number);
    within.map(Some).ok_or_else(|| D::Error::custom(format!("{number} is not a whole number in its range")))
}

#[allow(clippy::cast_possible_truncation, reason = "whole and within 53 bits")]
fn within<T: TryFrom<i64>>(number: &Number) -> Option<T> {
    let whole = number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
        (float.abs() <= EXACT_MAX as f64).then_some(float as i64)
    })?;
    if whole.abs() <= EXACT_MAX { T::try_from(whole).ok() } else { None }
}

/// A time, or none; also where there is an empty text for it.
///
/// # Errors
/// When it is another text.
pub fn time_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.filter(|text| !text.is_empty()).map(|text| text.parse().map_err(D::Error::custom)).transpose()
}
