use super::{Change, WatchError, is_later, read_line};
use serde_json::{Value, json};

fn read(line: &Value) -> Result<Change, WatchError> {
    read_line(line.to_string().as_bytes(), || "a right".to_owned())
}

#[test]
fn changes_and_bookmarks_are_told_apart() {
    let object = json!({"metadata": {"name": "x", "resourceVersion": "7"}});
    for (kind, expected) in [
        ("ADDED", Change::Seen(object.clone())),
        ("MODIFIED", Change::Seen(object.clone())),
        ("DELETED", Change::Gone(object.clone())),
    ] {
        assert_eq!(read(&json!({"type": kind, "object": object})).unwrap(), expected);
    }
    let bookmark = json!({"kind": "Event", "apiVersion": "v1", "metadata": {"resourceVersion": "9"}});
    assert_eq!(
        read(&json!({"type": "BOOKMARK", "object": bookmark})).unwrap(),
        Change::Bookmark("9".to_owned())
    );
}

#[test]
fn an_error_in_the_stream_means_what_its_code_says() {
    let kind = |code: u16| {
        let error = json!({"type": "ERROR", "object": {"kind": "Status", "code": code, "message": "m"}});
        read(&error).unwrap_err().kind()
    };
    let kinds = [410, 401, 403, 500].map(kind);
    assert_eq!(kinds, ["gone", "unauthorized", "forbidden", "refused"]);
    assert_eq!(read(&json!({"type": "NEWER", "object": {}})).unwrap_err().kind(), "unreadable");
}

#[test]
fn versions_are_compared_as_numbers() {
    assert_eq!(is_later("100", "99"), Some(true));
    assert_eq!(is_later("99", "100"), Some(false));
    assert_eq!(is_later("7", "7"), Some(false));
    assert_eq!(is_later("a", "7"), None);
}
