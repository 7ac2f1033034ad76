use proptest::prelude::*;

use super::*;
use crate::adapter::observe;
use crate::objects::Key;
use crate::rank::diagnose;
use crate::testing::{is_grounded, samples, step};

#[test]
fn whole_words_are_cited_from_whole_lines() {
    let rows = "NAME   READY   STATUS\n a1    0/1     ErrImagePull  \nb2     0/1     ErrImagePullX\n";
    let outputs = [step("kubectl get pods -n a", rows)];
    let snapshot = observe(&outputs);
    let pod = snapshot.pods.iter().next().unwrap();
    let evidence = cite(&snapshot, pod, &["errimagepull"], "it waits").unwrap();
    assert_eq!((evidence.excerpt.as_str(), evidence.line), (" a1    0/1     ErrImagePull  ", 2));
    assert_eq!(evidence.output_hash, "hash of kubectl get pods -n a");
    let other = snapshot.pods.get(&Key::new("a", "b2")).unwrap();
    assert_eq!(cite(&snapshot, other, &["ErrImagePull"], ""), None);
    assert_eq!(cite(&snapshot, other, &["a1"], ""), None, "another object's line");
    assert_eq!(cite(&snapshot, other, &[""], ""), None);
}

#[test]
fn escaped_words_are_cited_as_they_stand() {
    let json = "{\"kind\": \"Pod\", \"metadata\": {\"name\": \"x\", \"namespace\": \"a\"},\n\"message\": \"pull \\\"y:1\\\" failed\"}";
    let outputs = [step("kubectl get pod x -n a -o json", json)];
    let snapshot = observe(&outputs);
    let pod = snapshot.pods.iter().next().unwrap();
    let evidence = cite(&snapshot, pod, &["pull \"y:1\" failed"], "").unwrap();
    assert_eq!((evidence.excerpt.as_str(), evidence.line), ("\"message\": \"pull \\\"y:1\\\" failed\"}", 2));
}

#[test]
fn nothing_cited_is_no_proof() {
    assert!(Proof::of([None, None]).is_none());
}

proptest! {
    /// Whatever is cut out of the outputs, what is still claimed still stands there.
    #[test]
    fn every_excerpt_stands_in_its_output(
        which in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        length in 0..60_usize,
    ) {
        let samples = samples();
        let mut outputs = samples[which.index(samples.len())].clone();
        for output in &mut outputs {
            let from = output.output.floor_char_boundary(from.index(output.output.len()));
            let to = output.output.floor_char_boundary((from + length).min(output.output.len()));
            output.output.replace_range(from..to, "");
        }
        let diagnosis = diagnose(&outputs);
        for finding in diagnosis.root_cause.iter().chain(&diagnosis.other_findings) {
            prop_assert!(!finding.evidence.is_empty());
            for evidence in &finding.evidence {
                prop_assert!(is_grounded(evidence, &outputs), "{evidence:?}");
            }
        }
    }
}
