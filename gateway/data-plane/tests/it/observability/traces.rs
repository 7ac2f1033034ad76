use super::{example, told};
use crate::support::{Origin, Setup, header, until};
use axum::{Router, body::Bytes, http::StatusCode, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value,
    trace::v1::{ResourceSpans, Span},
};
use prost::Message as _;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

/// A collector that refuses the first request, as one that starts up does.
#[derive(Clone, Default)]
struct Collector {
    received: Arc<Mutex<Vec<ResourceSpans>>>,
    refused: Arc<AtomicUsize>,
}

impl Collector {
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let of_route = collector.clone();
        let export = async move |body: Bytes| {
            if of_route.refused.fetch_add(1, Ordering::SeqCst) == 0 {
                return StatusCode::SERVICE_UNAVAILABLE;
            }
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            of_route.received.lock().unwrap().extend(request.resource_spans);
            StatusCode::OK
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = Router::new().route("/v1/traces", post(export));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, address)
    }

    fn spans(&self) -> Vec<Span> {
        let received = self.received.lock().unwrap();
        received
            .iter()
            .flat_map(|resource| &resource.scope_spans)
            .flat_map(|scope| scope.spans.clone())
            .collect()
    }
}

fn attribute(span: &Span, name: &str) -> Option<String> {
    let attribute = span.attributes.iter().find(|attribute| attribute.key == name)?;
    match attribute.value.clone()?.value? {
        Value::StringValue(text) => Some(text),
        Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn setup(target: &str) -> (Setup, Origin, Collector) {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let (collector, address) = Collector::start().await;
    let target = target.replace("DIR", dir.path().to_str().unwrap());
    let yaml = example("Traces")
        .replace("127.0.0.1:4318", &address)
        .replace("http://127.0.0.1:3000", &target)
        .replace("sample: 0.05 ", "sample: 0 ");
    (Setup::start(dir, &yaml).await, origin, collector)
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

#[tokio::test]
async fn a_recorded_trace_is_continued_and_sent() {
    let (setup, origin, collector) = setup("unix:DIR/o.sock").await;
    let sampled = format!("traceparent: 00-{TRACE}-{PARENT}-01");
    setup.send("GET /a?secret=1", &[&sampled, "tracestate: a=b", "User-Agent: test"], "").await;
    let seen = origin.last();
    until(|| collector.spans().len() == 2).await;
    let spans = collector.spans();
    let [request, attempt] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!((hex(&request.trace_id), hex(&request.parent_span_id)), (TRACE.to_owned(), PARENT.to_owned()));
    assert_eq!((&attempt.trace_id, &attempt.parent_span_id), (&request.trace_id, &request.span_id));
    assert_eq!((request.kind, attempt.kind), (2, 3));
    assert_eq!(request.name, "GET /*");
    assert_eq!(request.trace_state, "a=b");
    for (name, value) in [
        ("http.request.method", "GET"),
        ("url.path", "/a"),
        ("url.scheme", "http"),
        ("server.address", "gateway.test"),
        ("client.address", "127.0.0.1"),
        ("network.protocol.version", "1.1"),
        ("http.response.status_code", "200"),
        ("http.route", "/*"),
        ("agw.route", "/"),
        ("user_agent.original", "test"),
    ] {
        assert_eq!(attribute(request, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(attribute(attempt, "http.response.status_code").as_deref(), Some("200"));
    assert_eq!(attribute(attempt, "agw.cluster").as_deref(), Some("/"));
    assert!(attempt.start_time_unix_nano >= request.start_time_unix_nano);
    assert!(attempt.end_time_unix_nano <= request.end_time_unix_nano);
    assert!(!format!("{spans:?}").contains("secret"), "queries are not recorded");
    let expected = format!("00-{TRACE}-{}-01", hex(&attempt.span_id));
    assert_eq!(header(&seen, "traceparent"), Some(expected.as_str()));
    assert_eq!(header(&seen, "tracestate"), Some("a=b"));
    let received = collector.received.lock().unwrap();
    let resource = received[0].resource.as_ref().unwrap();
    let service = resource.attributes.iter().find(|attribute| attribute.key == "service.name").unwrap();
    assert_eq!(service.value.clone().unwrap().value, Some(Value::StringValue("edge".to_owned())));
}

#[tokio::test]
async fn what_the_caller_does_not_record_is_not_sent() {
    let (setup, origin, collector) = setup("unix:DIR/o.sock").await;
    let unsampled = format!("traceparent: 00-{TRACE}-{PARENT}-00");
    setup.send("GET /1", &[&unsampled], "").await;
    assert!(header(&origin.last(), "traceparent").unwrap().ends_with("-00"));
    setup.send("GET /2", &["tracestate: a=b"], "").await;
    assert!(header(&origin.last(), "traceparent").unwrap().ends_with("-00"), "the lot was 0");
    assert_eq!(header(&origin.last(), "tracestate"), None);
    let sampled = format!("traceparent: 00-{TRACE}-{PARENT}-01");
    setup.send("GET /3", &[&sampled, &sampled], "").await;
    assert!(!header(&origin.last(), "traceparent").unwrap().contains(TRACE), "two are none");
    setup.send("GET /4", &[&sampled], "").await;
    until(|| collector.spans().len() == 2).await;
    assert!(collector.spans().iter().all(|span| attribute(span, "url.path").is_none_or(|path| path == "/4")));
    told(&setup, "agw_spans_total{outcome=\"ok\"} 2").await;
}

#[tokio::test]
async fn a_failed_attempt_is_a_span_too_and_a_drain_sends_it() {
    let (setup, _origin, collector) = setup("unix:DIR/nobody.sock").await;
    let sampled = format!("traceparent: 00-{TRACE}-{PARENT}-01");
    assert_eq!(setup.send("GET /", &[&sampled], "").await.status(), 503);
    setup.gateway.drain().await;
    let spans = collector.spans();
    let [request, attempt] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!(attribute(request, "error.type").as_deref(), Some("503"));
    assert_eq!(attribute(attempt, "error.type").as_deref(), Some("connect"));
    assert_eq!(attempt.status.as_ref().unwrap().code, 2);
}

#[tokio::test]
async fn without_tracing_the_callers_context_passes_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let setup = Setup::start(dir, "proxy_routes: [{path: /, target: 'unix:DIR/o.sock'}]").await;
    let context = format!("00-{TRACE}-{PARENT}-00");
    let traceparent = format!("traceparent: {context}");
    setup.send("GET /", &[&traceparent, "tracestate: a=b"], "").await;
    assert_eq!(header(&origin.last(), "traceparent"), Some(context.as_str()));
    assert_eq!(header(&origin.last(), "tracestate"), Some("a=b"));
    let answer = setup.send("GET /", &["traceparent: 00-broken", "tracestate: a=b"], "").await;
    let seen = origin.last();
    let begun = header(&seen, "traceparent").unwrap();
    assert_eq!(answer.header("x-request-id"), begun.split('-').nth(1));
    assert_eq!(header(&seen, "tracestate"), None);
}
