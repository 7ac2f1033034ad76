//! What a client likes best of what there is (RFC 9110 section 12.5.1).

use http::{HeaderMap, header::ACCEPT};

#[cfg(test)]
mod tests;

/// A preference beyond these is not looked at: real clients name a handful.
const RANGES_MAX: usize = 64;

/// The index of the representation liked best; each is given with the media types that mean it. Between equals the first wins, and
/// so it does when the client likes none, since an answer it cannot read is better than no answer.
pub(crate) fn best(headers: &HeaderMap, representations: &[&[&str]]) -> usize {
    let mut values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if values.peek().is_none() {
        return 0;
    }
    let ranges: Vec<Range<'_>> =
        values.flat_map(|value| value.split(',')).take(RANGES_MAX).filter_map(Range::parse).collect();
    let mut best = (0, 0);
    for (index, types) in representations.iter().enumerate() {
        let quality = types.iter().map(|media_type| quality(&ranges, media_type)).max().unwrap_or(0);
        if quality > best.1 {
            best = (index, quality);
        }
    }
    best.0
}

/// A media range with its quality in thousandths.
#[derive(Debug)]
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    quality: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';');
        let (kind, subtype) = parts.next()?.trim().split_once('/')?;
        let mut quality = 1000;
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            if name.trim().eq_ignore_ascii_case("q") {
                quality = thousandths(value.trim())?;
            }
        }
        Some(Self { kind, subtype, quality })
    }

    /// How exactly it names a type; `None` when it does not mean it.
    fn names(&self, media_type: &str) -> Option<u8> {
        let (kind, subtype) = media_type.split_once('/')?;
        match (self.kind, self.subtype) {
            ("*", "*") => Some(0),
            (own, "*") if own.eq_ignore_ascii_case(kind) => Some(1),
            (own, sub) if own.eq_ignore_ascii_case(kind) && sub.eq_ignore_ascii_case(subtype) => Some(2),
            _ => None,
        }
    }
}

/// The most exact range decides.
fn quality(ranges: &[Range<'_>], media_type: &str) -> u16 {
    let named = ranges.iter().filter_map(|range| Some((range.names(media_type)?, range.quality)));
    named.max().map_or(0, |(_, quality)| quality)
}

/// `0`, `1`, or either with up to three decimals.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let fits = matches!(whole, "0" | "1")
        && decimals.len() <= 3
        && decimals.bytes().all(|digit| digit.is_ascii_digit());
    if !fits {
        return None;
    }
    let fraction: u16 = format!("{decimals:0<3}").parse().ok()?;
    Some((if whole == "1" { 1000 } else { fraction }).min(1000))
}
