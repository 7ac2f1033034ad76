//! As much of JSON Schema as the gateway's schema uses; what it does not know it does not let pass.

use serde_json::Value;

/// Keywords that say nothing about what is allowed.
const ANNOTATIONS: [&str; 7] = ["$schema", "$defs", "title", "description", "default", "format", "examples"];

/// Where a value does not fit a schema, and why.
pub(super) fn problems(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "", &mut found);
    found
}

fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    let mut found = Vec::new();
    check(root, schema, value, "", &mut found);
    found.is_empty()
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let rules = match schema {
        Value::Object(rules) => rules,
        Value::Bool(true) => return,
        _ => return found.push(format!("{at}: nothing is allowed here")),
    };
    let mut wrong = |message: String| found.push(format!("{at}: {message}"));
    for (keyword, rule) in rules {
        match keyword.as_str() {
            "type" if !has_type(rule, value) => wrong(format!("{value} is not of type {rule}")),
            "const" if rule != value => wrong(format!("{value} is not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => {
                wrong(format!("{value} is none of {rule}"));
            }
            "minimum" if value.as_f64() < rule.as_f64() && value.is_number() => {
                wrong(format!("{value} is less than {rule}"));
            }
            "maximum" if value.as_f64() > rule.as_f64() && value.is_number() => {
                wrong(format!("{value} is more than {rule}"));
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    if value.is_object() && value.get(name.as_str().unwrap()).is_none() {
                        wrong(format!("{name} is missing"));
                    }
                }
            }
            "anyOf" | "oneOf" => {
                let choices = rule.as_array().unwrap();
                let fitting = choices.iter().filter(|choice| fits(root, choice, value)).count();
                if fitting == 0 || (keyword == "oneOf" && fitting > 1) {
                    wrong(format!("{value} fits {fitting} of {} choices", choices.len()));
                }
            }
            "additionalProperties" => {
                let known = rules.get("properties").and_then(Value::as_object);
                for (name, member) in value.as_object().into_iter().flatten() {
                    if known.is_some_and(|known| known.contains_key(name)) {
                        continue;
                    }
                    if rule == &Value::Bool(false) {
                        wrong(format!("`{name}` is not known"));
                    }
                    let _ = member;
                }
            }
            "$ref" | "properties" | "items" | "type" | "const" | "enum" | "minimum" | "maximum" => {}
            known if ANNOTATIONS.contains(&known) => {}
            other => wrong(format!("this test does not know the keyword {other}")),
        }
    }
    descend(root, rules, value, at, found);
}

fn descend(
    root: &Value,
    rules: &serde_json::Map<String, Value>,
    value: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    if let Some(reference) = rules.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(reference.strip_prefix('#').unwrap());
        check(root, target.expect("a reference that leads somewhere"), value, at, found);
    }
    let properties = rules.get("properties");
    for (name, member) in value.as_object().into_iter().flatten() {
        let known = properties.and_then(|properties| properties.get(name));
        let rule = known.or_else(|| rules.get("additionalProperties").filter(|rule| rule.is_object()));
        if let Some(rule) = rule {
            check(root, rule, member, &format!("{at}/{name}"), found);
        }
    }
    if let (Some(rule), Some(items)) = (rules.get("items"), value.as_array()) {
        for (index, item) in items.iter().enumerate() {
            check(root, rule, item, &format!("{at}/{index}"), found);
        }
    }
}

fn has_type(rule: &Value, value: &Value) -> bool {
    let one = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("this test does not know the type {other}"),
    };
    match rule {
        Value::Array(names) => names.iter().any(|name| one(name.as_str().unwrap())),
        name => one(name.as_str().unwrap()),
    }
}
