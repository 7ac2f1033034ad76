use super::*;
use std::{os::unix::fs::symlink, path::Path};

#[test]
fn a_change_is_taken_once_it_has_settled_and_each_content_is_tried_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("agw.yaml");
    let content = |text| {
        fs::write(&file, text).unwrap();
        source::content(std::slice::from_ref(&file))
    };
    let [good, half, bad, better] = ["good", "half", "bad", "better"].map(content);
    let mut seen = Seen::default();
    let mut running = good;
    for (found, expected) in [
        (good, Step::Nothing),
        (half, Step::LookAgain),
        (bad, Step::LookAgain),
        (bad, Step::Reload),
        (bad, Step::Nothing),
        (better, Step::LookAgain),
        (better, Step::Reload),
        (better, Step::Nothing),
        (bad, Step::LookAgain),
        (bad, Step::Reload),
        (better, Step::Nothing),
    ] {
        let step = seen.next(found, running);
        assert_eq!(step, expected);
        if step == Step::Reload && found == better {
            running = better;
        }
    }
}

fn sees_change(looker: &mut Looker, change: impl FnOnce()) -> bool {
    let before = looker.look();
    change();
    looker.look() != before
}

#[test]
fn every_way_to_change_a_file_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let write = |path: &Path, text: &str| fs::write(path, text).unwrap();
    // As a volume of Kubernetes looks: config.yaml → ..data/config.yaml, ..data → a directory that is replaced.
    fs::create_dir(at("one")).unwrap();
    fs::create_dir(at("two")).unwrap();
    write(&at("one/agw.yaml"), "identity: {key_file: a.key}\n");
    write(&at("two/agw.yaml"), "identity: {key_file: a.key}\n# new\n");
    symlink("one", at("..data")).unwrap();
    symlink("..data/agw.yaml", at("agw.yaml")).unwrap();
    let mut looker = Looker::new(at("agw.yaml"));

    assert!(!sees_change(&mut looker, || {}));
    assert!(sees_change(&mut looker, || write(&at("a.key"), "1")), "a file that was missing");
    assert!(sees_change(&mut looker, || write(&at("a.key"), "2")), "the same size at nearly the same time");
    assert!(!sees_change(&mut looker, || write(&at("a.key"), "2")), "touched only");
    assert!(sees_change(&mut looker, || {
        symlink("two", at("..data_tmp")).unwrap();
        fs::rename(at("..data_tmp"), at("..data")).unwrap();
    }));
    assert!(sees_change(&mut looker, || {
        write(&at("swap"), "identity: {key_file: b.key}\n");
        fs::rename(at("swap"), at("agw.yaml")).unwrap();
    }));
    assert!(sees_change(&mut looker, || write(&at("b.key"), "1")), "a file that is named from now on");
    assert!(sees_change(&mut looker, || fs::remove_file(at("agw.yaml")).unwrap()));
}
