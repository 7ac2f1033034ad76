use super::{CONSONANTS, Renaming, VOWELS};
use crate::eval::names::{collect, testing::case};
use aetherius_execution::recorded::{Format, load};
use std::path::Path;

const PODS: &str = "NAME                     READY   STATUS    NODE\n\
                    oven-5c6d7f8b9c-4kx2z    0/1     Pending   worker-07\n\
                    oven-timer-0             1/1     Running   worker-07\n";
const SERVICE: &str = "Name:      oven\nSelector:  app=ovens\nImage:     hub.example/oven:1\n";

fn renaming() -> Renaming {
    Renaming::of(collect(&case(&[
        ("kubectl get pods -n bakery -o wide", PODS),
        ("kubectl describe services oven -n bakery", SERVICE),
    ])))
}

#[test]
fn names_change_everywhere_and_keep_their_shape() {
    let renaming = renaming();
    let pods = renaming.apply(PODS);
    assert!(!pods.contains("oven") && !pods.contains("worker") && pods.len() == PODS.len(), "{pods}");
    let oven = renaming.apply("oven");
    let pod = renaming.apply("oven-5c6d7f8b9c-4kx2z");
    let suffix = pod.strip_prefix(&format!("{oven}-5c6d7f8b9c-")).unwrap();
    assert!(suffix.len() == 5 && suffix.bytes().all(|b| CONSONANTS.contains(&b) || b.is_ascii_digit()));
    assert!(renaming.apply("ovens").starts_with(&oven), "what begins alike still does");
    assert_eq!(
        renaming.apply("oven.bakery.svc:8080"),
        format!("{oven}.{}.svc:8080", renaming.apply("bakery"))
    );
    assert_eq!(renaming.apply("pod/oven-timer-0,"), format!("pod/{},", renaming.apply("oven-timer-0")));
    assert_eq!(renaming.apply(r#""say\noven\"oven""#), format!(r#""say\n{oven}\"{oven}""#));
}

#[test]
fn what_is_no_name_stays() {
    let renaming = renaming();
    for text in [
        "Pending FailedScheduling 0/3 nodes are available",
        "Failed to pull image \"hub.example/oven:1\": hub.example/oven:1: not found",
        "woven ovenware oven1 Oven",
        "",
        "Ofen für Brötchen, пекарня",
    ] {
        assert_eq!(renaming.apply(text), text);
    }
}

#[test]
fn letters_are_changed_one_for_one() {
    let all: Vec<u8> = [VOWELS, CONSONANTS].concat();
    assert!((b'a'..=b'z').all(|letter| all.iter().filter(|known| **known == letter).count() == 1));
}

/// Else the test of the renaming would test nothing.
#[test]
fn no_name_of_a_shipped_case_is_left() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/cases");
    for dir in
        std::fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        let case = load(&dir, Format::Own).unwrap();
        let names = collect(&case);
        let old: Vec<String> = names.objects().map(str::to_owned).collect();
        assert!(old.len() > 5, "{dir:?}: {old:?}");
        let renaming = Renaming::of(names);
        let renamed = case.rewritten(|text| renaming.apply(text));
        let new = collect(&renamed);
        for name in old {
            assert!(!new.has_object(&name), "{dir:?}: {name}");
            assert!(new.has_object(&renaming.apply(&name)), "{dir:?}: {name}");
        }
    }
}
