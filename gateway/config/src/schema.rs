//! The JSON Schema of a configuration, for editors.

use crate::settings::Settings;
use serde_json::Value;

/// What editors may call it.
const TITLE: &str = "Configuration of agw";

/// The schema of the whole file: JSON Schema 2020-12 with the descriptions and defaults of [`Settings`].
#[must_use]
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Settings).to_value();
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".to_owned(), TITLE.into());
    }
    unwrap_lines(&mut schema);
    schema
}

/// Descriptions are wrapped for those who read the source; editors wrap by themselves.
fn unwrap_lines(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("description") {
                let paragraphs: Vec<String> =
                    text.split("\n\n").map(|text| text.replace('\n', " ")).collect();
                *text = paragraphs.join("\n\n");
            }
            fields.values_mut().for_each(unwrap_lines);
        }
        Value::Array(items) => items.iter_mut().for_each(unwrap_lines),
        _ => {}
    }
}
