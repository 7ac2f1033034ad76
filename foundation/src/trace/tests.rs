use super::TraceParent;

#[test]
fn reads_what_it_writes() {
    let root = TraceParent::new_root();
    assert_eq!(TraceParent::parse(&root.to_string()), Some(root));
    let child = root.child();
    assert_eq!(child.trace_id, root.trace_id);
    assert_ne!(child.span_id, root.span_id);
}

#[test]
fn refuses_what_the_standard_refuses() {
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let span = "b7ad6b7169203331";
    assert!(TraceParent::parse(&format!("00-{trace}-{span}-01")).is_some());
    assert!(TraceParent::parse(&format!("01-{trace}-{span}-01-later")).is_some());
    for bad in [
        String::new(),
        "00".into(),
        format!("00-{trace}-{span}"),
        format!("00-{trace}-{span}-01-extra"),
        format!("ff-{trace}-{span}-01"),
        format!("00-{}-{span}-01", "0".repeat(32)),
        format!("00-{trace}-{}-01", "0".repeat(16)),
        format!("00-{}-{span}-01", trace.to_uppercase()),
        format!("00-{}-{span}-01", "é".repeat(16)),
    ] {
        assert_eq!(TraceParent::parse(&bad), None, "{bad}");
    }
}
