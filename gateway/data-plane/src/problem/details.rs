//! Problem details (RFC 9457) as JSON, XML or text.

use crate::{accept, xml};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use std::fmt::Write as _;

/// What went wrong, for programs and people.
#[derive(Debug, Serialize)]
pub(crate) struct Details<'a> {
    /// `about:blank`: the status says what kind of problem it is, and `code` more exactly which.
    pub(crate) r#type: &'static str,
    pub(crate) title: &'static str,
    pub(crate) status: u16,
    pub(crate) detail: &'a str,
    /// Of a closed set; what programs may branch on.
    pub(crate) code: &'a str,
    /// The request, to be named when asking for help.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) instance: &'a str,
    /// Everything that is wrong, when it is several things.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) problems: &'a [String],
}

impl<'a> Details<'a> {
    pub(crate) fn new(status: u16, code: &'a str, detail: &'a str) -> Self {
        let title = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        Self {
            r#type: "about:blank",
            title: title.unwrap_or_default(),
            status,
            detail,
            code,
            instance: "",
            problems: &[],
        }
    }

    /// The content type and the body.
    pub(crate) fn render(&self, format: Format) -> (&'static str, Bytes) {
        match format {
            // A struct of texts and a number can always be written.
            Format::Json => ("application/problem+json", serde_json::to_vec(self).unwrap_or_default().into()),
            Format::Xml => ("application/problem+xml", self.xml().into()),
            Format::Text => ("text/plain; charset=utf-8", self.text().into()),
        }
    }

    /// The format of RFC 9457 appendix B.
    fn xml(&self) -> String {
        let mut out =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<problem xmlns=\"urn:ietf:rfc:7807\">".to_owned();
        let status = self.status.to_string();
        let fields = [
            ("type", self.r#type),
            ("title", self.title),
            ("status", &status),
            ("detail", self.detail),
            ("code", self.code),
            ("instance", self.instance),
        ];
        for (name, text) in fields.into_iter().filter(|(_, text)| !text.is_empty()) {
            let _ = write!(out, "<{name}>");
            xml::push_text(&mut out, text);
            let _ = write!(out, "</{name}>");
        }
        if !self.problems.is_empty() {
            out.push_str("<problems>");
            for problem in self.problems {
                out.push_str("<i>");
                xml::push_text(&mut out, problem);
                out.push_str("</i>");
            }
            out.push_str("</problems>");
        }
        out.push_str("</problem>\n");
        out
    }

    fn text(&self) -> String {
        let mut out = format!("{} {}: {} ({})\n", self.status, self.title, self.detail, self.code);
        for problem in self.problems {
            let _ = writeln!(out, "  - {problem}");
        }
        if !self.instance.is_empty() {
            let _ = writeln!(out, "request {}", self.instance);
        }
        out
    }
}

/// How the gateway's own answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
    Text,
}

impl Format {
    /// The one the client likes best; JSON if it has no wish.
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        const TYPES: [&[&str]; 3] = [
            &["application/problem+json", "application/json"],
            &["application/problem+xml", "application/xml", "text/xml"],
            &["text/plain"],
        ];
        match accept::best(headers, &TYPES) {
            1 => Self::Xml,
            2 => Self::Text,
            _ => Self::Json,
        }
    }
}
