use super::check;
use crate::tidy::sources::SourceFile;

fn words(path: &str, text: &str) -> Vec<(usize, String)> {
    let file = SourceFile { path: path.into(), text: text.into() };
    let word = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
    check(&file).into_iter().map(|finding| (finding.line, word(&finding.text))).collect()
}

#[test]
fn marks_and_leftovers_are_found_where_they_stand() {
    for (path, text, expected) in [
        ("a.rs", "fn f() {\n    todo!()\n}", Some((2, "todo!"))),
        ("a.rs", "unimplemented!(\"later\")", Some((1, "unimplemented!"))),
        ("a.rs", "dbg!(x)", Some((1, "dbg!"))),
        ("a.rs", "#[test]\n#[ignore = \"slow\"]", Some((2, "#[ignore"))),
        ("a.md", "x\n\nFIXME: y", Some((3, "FIXME"))),
        ("a.yaml", "# TODO", Some((1, "TODO"))),
        ("a.sh", "XXX", Some((1, "XXX"))),
        // Parts of longer words, and words that mean something else elsewhere.
        ("a.rs", "let mktemp = \"XXXXXX\"; // TODOS", None),
        ("a.rs", "my_todo!()", None),
        ("a.md", "say dbg! and todo!", None),
        ("Cargo.lock", "checksum = \"XXX\"", None),
    ] {
        let expected: Vec<(usize, String)> =
            expected.into_iter().map(|(line, word)| (line, word.to_owned())).collect();
        assert_eq!(words(path, text), expected, "{path}: {text}");
    }
}

#[test]
fn paths_of_one_machine_are_found_and_others_are_not() {
    for (text, expected) in [
        ("see /home/ada/notes", Some("/home/")),
        ("\"/root/.kube/config\"", Some("/root/")),
        ("path=/workspace/main/x", Some("/workspace/")),
        ("(/Users/ada)", Some("/Users/")),
        ("https://example.com/home/ada", None),
        ("$HOME/workspace/x and ${ROOT}/root/x", None),
        ("the folder /home/ itself", None),
        ("tests/workspace/x", None),
    ] {
        let found: Vec<String> = words("docs/a.md", text).into_iter().map(|(_, word)| word).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{text}");
    }
    assert_eq!(words("services/execution/src/redact/keys.rs", "\"/home/ada\""), []);
}
