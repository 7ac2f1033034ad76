//! Spans in OTLP's protobuf encoding (opentelemetry-proto 1.x, `ExportTraceServiceRequest`). Written by hand, for a dozen fields do
//! not need a code generator.

use super::span::{Span, Value};

/// A request to export spans of this service.
pub(crate) fn encode<'s>(service: &[(&str, &str)], spans: impl Iterator<Item = &'s Span>) -> Vec<u8> {
    let mut scope_spans = Message::default();
    scope_spans.message(1, |scope| {
        scope.bytes(1, b"agw");
        scope.bytes(2, env!("CARGO_PKG_VERSION").as_bytes());
    });
    for span in spans {
        scope_spans.message(2, |message| self::span(message, span));
    }
    let mut resource_spans = Message::default();
    resource_spans.message(1, |resource| {
        for (key, value) in service {
            resource
                .message(1, |attribute| self::attribute(attribute, key, &Value::Text((*value).to_owned())));
        }
    });
    resource_spans.bytes(2, &scope_spans.0);
    let mut request = Message::default();
    request.bytes(1, &resource_spans.0);
    request.0
}

fn span(message: &mut Message, span: &Span) {
    message.bytes(1, &span.trace_id);
    message.bytes(2, &span.span_id);
    if !span.trace_state.is_empty() {
        message.bytes(3, span.trace_state.as_bytes());
    }
    if let Some(parent) = &span.parent {
        message.bytes(4, parent);
    }
    message.bytes(5, span.name.as_bytes());
    message.number(6, span.kind as u64);
    message.fixed64(7, span.start_ns);
    message.fixed64(8, span.end_ns);
    for (key, value) in &span.attributes {
        message.message(9, |attribute| self::attribute(attribute, key, value));
    }
    if span.failed {
        const ERROR: u64 = 2;
        message.message(15, |status| status.number(3, ERROR));
    }
    // The trace was sampled: bit 0 of the W3C flags.
    message.fixed32(16, 1);
}

fn attribute(message: &mut Message, key: &str, value: &Value) {
    message.bytes(1, key.as_bytes());
    message.message(2, |any| match value {
        Value::Text(text) => any.bytes(1, text.as_bytes()),
        Value::Number(number) => any.number(3, number.cast_unsigned()),
    });
}

/// A protobuf message (<https://protobuf.dev/programming-guides/encoding/>).
#[derive(Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    fn number(&mut self, field: u32, value: u64) {
        self.tag(field, 0);
        self.varint(value);
    }

    fn fixed64(&mut self, field: u32, value: u64) {
        self.tag(field, 1);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn fixed32(&mut self, field: u32, value: u32) {
        self.tag(field, 5);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.tag(field, 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        write(&mut inner);
        self.bytes(field, &inner.0);
    }

    fn tag(&mut self, field: u32, wire_type: u32) {
        self.varint(u64::from(field << 3 | wire_type));
    }

    fn varint(&mut self, mut value: u64) {
        while value > 0x7f {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}
