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
    schema
}
