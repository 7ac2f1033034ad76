use std::collections::BTreeSet;

use super::*;
use crate::rank::diagnose;
use crate::testing::samples;

#[test]
fn ids_are_unique_and_every_cause_says_what_to_do() {
    let mut rules = BTreeSet::new();
    let mut causes = BTreeSet::new();
    for rule in all() {
        assert!(rules.insert(rule.id) && !rule.doc.is_empty() && !rule.causes.is_empty(), "{}", rule.id);
        for cause in rule.causes {
            assert!(
                causes.insert(cause.id) && !cause.remedy.is_empty() && !cause.taxonomy.is_empty(),
                "{}",
                cause.id
            );
        }
    }
}

/// Names carry no meaning: a verdict about `goat` is the verdict about `vole`.
#[test]
fn renaming_every_object_changes_only_the_names() {
    for outputs in samples() {
        let renamed: Vec<_> = outputs
            .iter()
            .cloned()
            .map(|mut step| {
                let rename =
                    |text: &str| text.replace("goat", "vole").replace("barn", "shed").replace("oven", "kiln");
                step.output = rename(&step.output);
                step.argv = step.argv.iter().map(|word| rename(word)).collect();
                step
            })
            .collect();
        let before = diagnose(&outputs).root_cause.unwrap();
        let after = diagnose(&renamed).root_cause.unwrap();
        assert_eq!((before.rule, before.object.kind), (after.rule, after.object.kind));
        assert_ne!(before.object.name, after.object.name);
    }
}
