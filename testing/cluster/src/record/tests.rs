use super::*;
use serde_json::json;

#[test]
fn annotations_that_give_the_answer_away_go_and_others_stay() {
    let fault = fault::CRASH;
    let mut list = json!({ "items": [
        { "metadata": { "name": "till", "annotations": { fault: "1" } } },
        { "spec": { "template": { "metadata": { "annotations": { fault: "1", "owner": "sales" } } } } },
    ] });
    without_faults(&mut list);
    let expected = json!({ "items": [
        { "metadata": { "name": "till" } },
        { "spec": { "template": { "metadata": { "annotations": { "owner": "sales" } } } } },
    ] });
    assert_eq!(list, expected);
}

#[test]
fn what_is_kept_looks_as_kubectl_writes_it() {
    let text = pretty(&json!({ "items": [], "message": "a <b> & c" })).unwrap();
    assert_eq!(text, "{\n    \"items\": [],\n    \"message\": \"a \\u003cb\\u003e \\u0026 c\"\n}\n");
}
