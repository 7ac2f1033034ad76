use super::*;

#[test]
fn names_that_careless_readers_confuse_are_removed() {
    let names = |identity: &'static str| {
        let mut request = RequestHeader::build("GET", b"/", None).unwrap();
        for name in [
            "x_user-id",
            "x.user.id",
            "x-user-id",
            "x_forwarded_for",
            "x-forwarded_for",
            "content_length",
            "transfer~encoding",
            "accept_language",
            "x-custom_header",
            "x_lane",
        ] {
            request.append_header(name, "1").unwrap();
        }
        let lane = HeaderName::from_static("x-lane");
        remove(&mut request, [Some(&HeaderName::from_static(identity)), Some(&lane)]);
        let mut left: Vec<String> = request.headers.keys().map(ToString::to_string).collect();
        left.sort();
        left
    };
    assert_eq!(names("x-user-id"), ["accept_language", "x-custom_header", "x-user-id"]);
    assert_eq!(names("x_user-id"), ["accept_language", "x-custom_header", "x-user-id", "x_user-id"]);
}
