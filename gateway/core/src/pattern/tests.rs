use super::*;

#[test]
fn the_whole_text_must_match() {
    let pattern = Pattern::new("/a|/b[0-9]+").unwrap();
    for (text, expected) in [("/a", true), ("/b12", true), ("/ab", false), ("x/a", false), ("/b1\n", false)] {
        assert_eq!(pattern.matches(text), expected, "{text:?}");
    }
}

#[test]
fn what_is_no_expression_or_too_large_a_one_is_refused() {
    for source in ["(", "a)(b", "a{1000}{1000}", r"(a)\1", "(?=a)"] {
        assert!(Pattern::new(source).is_err(), "{source}");
    }
    assert!(Pattern::new(&"a".repeat(2_000)).is_err());
}
