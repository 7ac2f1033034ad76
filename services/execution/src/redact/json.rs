//! Secrets by the structure of JSON, wherever it stands in the text and however it is indented: the `data` of a Secret, the
//! `value` beside a telling `name`, and the strings under a telling key.

use std::sync::LazyLock;

use regex::Regex;

use super::{Span, keys};

const DEPTH_MAX: usize = 128;

pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    let bytes = text.as_bytes();
    let mut stack: Vec<Frame> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let Some(end) = string_end(bytes, at) else {
                    // Not JSON after all; going on inside the line could cost its length once per quote.
                    at = line_end(bytes, at);
                    continue;
                };
                string(text, at + 1..end, stack.last_mut(), spans);
                at = end;
            }
            opening @ (b'{' | b'[') => {
                if stack.len() == DEPTH_MAX {
                    close_all(&mut stack, spans);
                }
                let in_data = stack.last().is_some_and(|top| top.in_data || top.at_data(text));
                stack.push(Frame { is_object: opening == b'{', in_data, ..Frame::default() });
            }
            closing @ (b'}' | b']') => {
                if stack.last().is_some_and(|top| top.is_object == (closing == b'}')) {
                    close(&mut stack, spans);
                } else {
                    close_all(&mut stack, spans);
                }
            }
            b',' => {
                if let Some(top) = stack.last_mut() {
                    top.key = None;
                }
            }
            _ => {}
        }
        at += 1;
    }
    close_all(&mut stack, spans);
}

/// An object or array that is open.
#[derive(Default)]
struct Frame {
    is_object: bool,
    in_data: bool,
    key: Option<Span>,
    has_kind: bool,
    has_version: bool,
    is_secret: bool,
    is_named_like_a_secret: bool,
    values: Vec<Span>,
    data: Vec<Span>,
}

impl Frame {
    fn at_data(&self, text: &str) -> bool {
        self.key.as_ref().is_some_and(|key| matches!(&text[key.clone()], "data" | "stringData"))
    }
}

/// A string was read: a key if a colon follows, else a value.
fn string(text: &str, content: Span, top: Option<&mut Frame>, spans: &mut Vec<Span>) {
    let value = &text[content.clone()];
    if value.contains('\\') && NESTED_SECRET.is_match(value) {
        spans.push(content);
        return;
    }
    let Some(top) = top else { return };
    let after = text[content.end + 1..].bytes().take(8).find(|byte| !byte.is_ascii_whitespace());
    if top.is_object && after == Some(b':') && top.key.is_none() {
        top.key = Some(content);
        return;
    }
    if top.in_data {
        top.data.push(content.clone());
    }
    let Some(key) = top.key.take() else { return };
    match &text[key] {
        "kind" => {
            top.has_kind = true;
            top.is_secret = value == "Secret";
        }
        "apiVersion" => top.has_version = true,
        "name" => top.is_named_like_a_secret = keys::is_secret(value),
        "value" => top.values.push(content),
        "data" | "stringData" => top.data.push(content),
        "auth" if is_base64(value) => spans.push(content),
        key if keys::is_secret(key) && !keys::is_harmless(value) => spans.push(content),
        _ => {}
    }
}

fn close(stack: &mut Vec<Frame>, spans: &mut Vec<Span>) {
    let Some(frame) = stack.pop() else { return };
    if frame.is_named_like_a_secret {
        spans.extend(frame.values.iter().cloned());
    }
    // A cut text may end before it says which kind it is.
    let unknown = frame.has_version && !frame.has_kind;
    if frame.is_secret || unknown {
        spans.extend(frame.data.iter().cloned());
    } else if let Some(parent) = stack.last_mut().filter(|_| frame.in_data) {
        parent.data.extend(frame.data);
    }
    if let Some(parent) = stack.last_mut() {
        parent.key = None;
    }
}

fn close_all(stack: &mut Vec<Frame>, spans: &mut Vec<Span>) {
    while !stack.is_empty() {
        close(stack, spans);
    }
}

/// The closing quote of the string that opens at `start`, if the line has one.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return Some(at),
            b'\n' => return None,
            b'\\' => at += 1,
            _ => {}
        }
        at += 1;
    }
    None
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    bytes[start..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| start + length)
}

fn is_base64(value: &str) -> bool {
    value.len() >= 8 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}

/// A Secret written as JSON inside a JSON string, as the last applied configuration is.
#[expect(clippy::expect_used, reason = "the pattern is fixed and tested")]
static NESTED_SECRET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\\"kind\\"\s*:\s*\\"Secret\\""#).expect("a valid pattern"));
