//! Selectors: which labels an object must have.

use super::Labels;

/// Labels that must be equal, and requirements that must hold; both empty selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector {
    /// Names with the value they must have.
    pub equal: Labels,
    /// What else must hold.
    pub requirements: Vec<Requirement>,
}

impl Selector {
    /// True when `labels` are what it asks for.
    #[must_use]
    pub(crate) fn selects(&self, labels: &Labels) -> bool {
        selects(&self.equal, labels) && self.requirements.iter().all(|requirement| requirement.holds(labels))
    }
}

impl From<Labels> for Selector {
    fn from(equal: Labels) -> Self {
        Self { equal, requirements: Vec::new() }
    }
}

/// One expression of a selector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// The label it is about.
    pub key: String,
    /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`.
    pub operator: String,
    /// What it is compared with.
    pub values: Vec<String>,
}

impl Requirement {
    /// True when `labels` meet it; an operator that is not known is met.
    #[must_use]
    pub(crate) fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        let number = |text: Option<&String>| text.and_then(|text| text.parse::<i64>().ok());
        let compare = |holds: fn(i64, i64) -> bool| match (number(value), number(self.values.first())) {
            (Some(value), Some(bound)) => holds(value, bound),
            _ => false,
        };
        match self.operator.as_str() {
            "In" => value.is_some_and(|value| self.values.contains(value)),
            "NotIn" => value.is_none_or(|value| !self.values.contains(value)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            "Gt" => compare(|value, bound| value > bound),
            "Lt" => compare(|value, bound| value < bound),
            _ => true,
        }
    }
}

/// True when `labels` holds every pair of `selector`; an empty selector selects everything.
#[must_use]
pub(crate) fn selects(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(name, value)| labels.get(name) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_hold_as_kubernetes_says() {
        let labels: Labels =
            [("zone".to_owned(), "a".to_owned()), ("cores".to_owned(), "8".to_owned())].into();
        let holds = |key: &str, operator: &str, values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            Requirement { key: key.to_owned(), operator: operator.to_owned(), values }.holds(&labels)
        };
        let cases = [
            (holds("zone", "In", &["a", "b"]), true),
            (holds("zone", "In", &["b"]), false),
            (holds("disk", "In", &["a"]), false),
            (holds("zone", "NotIn", &["a"]), false),
            (holds("disk", "NotIn", &["a"]), true),
            (holds("zone", "Exists", &[]), true),
            (holds("disk", "Exists", &[]), false),
            (holds("disk", "DoesNotExist", &[]), true),
            (holds("cores", "Gt", &["4"]), true),
            (holds("cores", "Lt", &["4"]), false),
            (holds("zone", "Gt", &["4"]), false),
        ];
        for (number, (held, expected)) in cases.iter().enumerate() {
            assert_eq!(held, expected, "case {number}");
        }
        assert!(Selector::default().selects(&labels));
    }
}
