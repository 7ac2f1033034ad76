//! JSON objects in which no name comes twice: two readers may take different ones of the two.

use serde_json::{Map, Value};

/// Reads an object; `None` when it is something else, or a name at its top comes twice.
pub(super) fn read(bytes: &[u8]) -> Option<Map<String, Value>> {
    let Value::Object(object) = serde_json::from_slice(bytes).ok()? else {
        return None;
    };
    (object.len() == members(bytes)).then_some(object)
}

/// How many members the object at the top has. The bytes are known to be an object in good order.
fn members(bytes: &[u8]) -> usize {
    let (mut depth, mut in_text, mut escaped, mut colons) = (0usize, false, false, 0);
    for byte in bytes {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth -= 1,
            (false, b':') if depth == 1 => colons += 1,
            _ => {}
        }
    }
    colons
}
