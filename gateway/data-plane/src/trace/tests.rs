use super::{
    otlp::encode,
    span::{Facts, Kind, Value, spans},
    *,
};
use http::{Method, Version};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value as Decoded,
};
use prost::Message as _;
use std::{
    collections::HashSet,
    time::{Duration, UNIX_EPOCH},
};

const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn headers(values: &[&str]) -> HeaderMap {
    values.iter().fold(HeaderMap::new(), |mut map, value| {
        map.append(TRACEPARENT, value.parse().unwrap());
        map
    })
}

#[test]
fn the_callers_decision_is_honoured() {
    let recorded = RequestTrace::begin(&headers(&[CALLER]), Some(0.0));
    assert_eq!(recorded.own.trace_id, TraceParent::parse(CALLER).unwrap().trace_id);
    assert!(recorded.record.is_some() && recorded.own.sampled);
    let not = CALLER.replace("-01", "-00");
    let unrecorded = RequestTrace::begin(&headers(&[&not]), Some(1.0));
    assert!(unrecorded.record.is_none() && !unrecorded.own.sampled);
}

#[test]
fn without_a_caller_lots_are_drawn() {
    let begun: Vec<RequestTrace> =
        (0..10_000).map(|_| RequestTrace::begin(&HeaderMap::new(), Some(0.1))).collect();
    let recorded = begun.iter().filter(|trace| trace.record.is_some()).count();
    assert!((800..1200).contains(&recorded), "{recorded}");
    let ids: HashSet<[u8; 16]> = begun.iter().map(|trace| trace.own.trace_id).collect();
    assert_eq!(ids.len(), begun.len());
    assert!(RequestTrace::begin(&headers(&[CALLER, CALLER]), None).caller.is_none(), "two are none");
}

#[test]
fn a_gateway_that_sends_no_traces_adds_no_span() {
    assert_eq!(
        RequestTrace::begin(&headers(&[CALLER]), None).to_upstream(),
        None,
        "it is passed on as it is"
    );
    let begun = RequestTrace::begin(&HeaderMap::new(), None);
    let sent = begun.to_upstream().unwrap();
    assert_eq!(TraceParent::parse(sent.to_str().unwrap()), Some(begun.own));
}

#[test]
fn the_upstream_is_a_child_of_its_attempt() {
    let mut trace = RequestTrace::begin(&headers(&[CALLER]), Some(1.0));
    for _ in 0..2 * ATTEMPTS_MAX {
        trace.attempt_begins(|| "a:1".to_owned());
    }
    let attempts = &trace.record.as_ref().unwrap().attempts;
    assert_eq!(attempts.len(), ATTEMPTS_MAX);
    let sent = TraceParent::parse(trace.to_upstream().unwrap().to_str().unwrap()).unwrap();
    assert_eq!(sent.span_id, attempts.last().unwrap().span_id);
}

#[test]
fn a_collector_reads_what_was_written() {
    let mut trace = RequestTrace::begin(&headers(&[CALLER]), Some(1.0));
    let began = Instant::now();
    trace.attempt_begins(|| "127.0.0.1:81".to_owned());
    trace.attempt_ends(Some("connect"));
    trace.attempt_begins(|| "unix:/run/a.sock".to_owned());
    trace.attempt_answered(503);
    trace.attempt_ends(None);
    let method = Method::from_bytes(b"BREW").unwrap();
    let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let facts = Facts {
        now,
        began,
        ended: began + Duration::from_millis(5),
        method: &method,
        host: "[::1]:8080",
        path: "/pot",
        encrypted: true,
        protocol: Version::HTTP_2,
        client: [192, 0, 2, 1].into(),
        user_agent: Some("test"),
        trace_state: "a=b",
        status: 503,
        route: Some(("r", "/*")),
        cluster: Some("c"),
    };
    let spans = spans(&trace, trace.record.as_ref().unwrap(), &facts);
    let bytes = encode(&[("service.name", "s")], spans.iter());
    let read = ExportTraceServiceRequest::decode(bytes.as_slice()).unwrap();
    let [resource] = &read.resource_spans[..] else { panic!("{read:?}") };
    assert_eq!(resource.resource.as_ref().unwrap().attributes[0].key, "service.name");
    let [scope] = &resource.scope_spans[..] else { panic!("{read:?}") };
    assert_eq!(scope.scope.as_ref().unwrap().name, "agw");
    assert_eq!(scope.spans.len(), spans.len());
    for (read, written) in scope.spans.iter().zip(&spans) {
        assert_eq!((&read.trace_id[..], &read.span_id[..]), (&written.trace_id[..], &written.span_id[..]));
        assert_eq!(read.parent_span_id, written.parent.unwrap());
        assert_eq!(
            (read.kind, &read.name, &read.trace_state),
            (written.kind as i32, &written.name, &written.trace_state)
        );
        assert_eq!((read.start_time_unix_nano, read.end_time_unix_nano), (written.start_ns, written.end_ns));
        assert_eq!(read.status.as_ref().map(|status| status.code), Some(2));
        assert_eq!(read.flags, 1);
        let attributes: Vec<(&str, Value)> = read
            .attributes
            .iter()
            .map(|attribute| {
                let value = match attribute.value.clone().unwrap().value.unwrap() {
                    Decoded::StringValue(text) => Value::Text(text),
                    Decoded::IntValue(number) => Value::Number(number),
                    other => panic!("{other:?}"),
                };
                (attribute.key.as_str(), value)
            })
            .collect();
        assert_eq!(attributes, written.attributes);
    }
    assert_eq!(spans[0].name, "HTTP /*");
    assert_eq!((spans[0].kind, spans[0].end_ns - spans[0].start_ns), (Kind::Server, 5_000_000));
    assert_eq!(spans[1].parent, Some(spans[0].span_id));
    let has = |span: usize, key: &str, value: &str| {
        spans[span]
            .attributes
            .iter()
            .any(|(name, other)| *name == key && *other == Value::Text(value.to_owned()))
    };
    assert!(
        has(0, "http.request.method", "_OTHER")
            && has(0, "server.address", "::1")
            && has(0, "url.scheme", "https")
    );
    assert!(has(1, "error.type", "connect") && has(1, "url.full", "http://127.0.0.1:81/pot"));
    assert!(has(2, "error.type", "503") && has(2, "server.address", "unix:/run/a.sock"));
    assert!(spans[2].attributes.contains(&("http.request.resend_count", Value::Number(1))));
}
