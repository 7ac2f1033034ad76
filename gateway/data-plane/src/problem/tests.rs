use super::*;

#[test]
fn a_problem_has_the_fields_of_rfc_9457_and_a_code() {
    let body = body(&Refusal::new(Code::NoRoute, "check the address"), "r1");
    let expected = concat!(
        r#"{"type":"about:blank","title":"Not Found","status":404,"#,
        r#""detail":"check the address","code":"no_route","instance":"r1"}"#
    );
    assert_eq!(std::str::from_utf8(&body).unwrap(), expected);
}
