//! Which requests are logged, and what of them.

use super::json::{self, Clock};
use crate::random;
use agw_config::config::{AccessField, AccessLog as Settings, LogTarget};
use agw_core::{cluster::Target, mask::Mask};
use http::{HeaderMap, HeaderName, Version};
use std::{
    net::{IpAddr, Ipv4Addr},
    time::SystemTime,
};

#[cfg(test)]
mod tests;

/// What the configuration asks for, made ready.
#[derive(Debug)]
pub(crate) struct Format {
    off: bool,
    sample: f64,
    /// With what stands before the value.
    fields: Vec<(AccessField, Box<str>)>,
    headers: Vec<(HeaderName, Box<str>)>,
    mask: Mask,
}

/// A request that is over. What is absent is left out of the line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) time: SystemTime,
    pub(crate) client: IpAddr,
    pub(crate) consumer: Option<&'a str>,
    pub(crate) method: &'a str,
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) protocol: Version,
    pub(crate) status: u16,
    pub(crate) route: Option<&'a str>,
    pub(crate) cluster: Option<&'a str>,
    pub(crate) endpoint: Option<&'a Target>,
    pub(crate) lane: Option<&'a str>,
    pub(crate) took_us: u64,
    pub(crate) upstream_us: Option<u64>,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) attempts: u32,
    pub(crate) refusal: Option<&'a str>,
    pub(crate) client_left: bool,
    /// How a WebSocket ended.
    pub(crate) ended: Option<&'a str>,
    pub(crate) request_id: &'a str,
    pub(crate) trace_id: &'a [u8; 16],
    pub(crate) headers: &'a HeaderMap,
}

impl<'a> Line<'a> {
    /// Of a request that nothing is known of.
    pub(crate) fn unread(request_id: &'a str, trace_id: &'a [u8; 16], headers: &'a HeaderMap) -> Self {
        Self {
            time: SystemTime::now(),
            client: Ipv4Addr::UNSPECIFIED.into(),
            consumer: None,
            method: "",
            host: "",
            path: "",
            query: None,
            protocol: Version::HTTP_11,
            status: 0,
            route: None,
            cluster: None,
            endpoint: None,
            lane: None,
            took_us: 0,
            upstream_us: None,
            bytes_in: 0,
            bytes_out: 0,
            attempts: 0,
            refusal: None,
            client_left: false,
            ended: None,
            request_id,
            trace_id,
            headers,
        }
    }
}

impl Format {
    pub(crate) fn new(settings: &Settings, mask: Mask) -> Self {
        let before = |name: &str| {
            let mut text = b",\"".to_vec();
            json::escaped(&mut text, name);
            text.extend_from_slice(b"\":");
            String::from_utf8_lossy(&text).into()
        };
        Self {
            off: settings.to == LogTarget::Off,
            sample: settings.sample,
            fields: settings.fields.iter().map(|&field| (field, before(field.as_str()))).collect(),
            headers: settings.headers.iter().map(|name| (name.clone(), before(name.as_str()))).collect(),
            mask,
        }
    }

    /// Whether a request with this status is logged. Failures always are.
    pub(crate) fn wants(&self, status: u16) -> bool {
        !self.off && (status >= 500 || random::chance(self.sample))
    }

    /// The request headers that are logged.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &HeaderName> {
        self.headers.iter().map(|(name, _)| name)
    }

    /// Whether the query is logged.
    pub(crate) fn has_query(&self) -> bool {
        self.fields.iter().any(|(field, _)| *field == AccessField::Query)
    }

    /// Adds a line.
    pub(super) fn write(&self, out: &mut Vec<u8>, clock: &mut Clock, line: &Line<'_>) {
        let start = out.len();
        for (field, before) in &self.fields {
            self.field(out, clock, line, *field, before.as_bytes());
        }
        let headers = out.len();
        for (name, before) in &self.headers {
            if let Some(value) = self.mask.header(line.headers, name) {
                out.extend_from_slice(before.as_bytes());
                json::text(out, &value);
            }
        }
        if out.len() > headers {
            const BEFORE: &[u8] = b",\"headers\":{";
            // In place of the first header's comma.
            out.splice(headers..=headers, BEFORE.iter().copied());
            out.push(b'}');
        }
        match out.get_mut(start) {
            Some(comma) => *comma = b'{',
            None => out.push(b'{'),
        }
        out.extend_from_slice(b"}\n");
    }

    fn field(
        &self,
        out: &mut Vec<u8>,
        clock: &mut Clock,
        line: &Line<'_>,
        field: AccessField,
        before: &[u8],
    ) {
        let mut text = |value: Option<&str>| {
            if let Some(value) = value {
                out.extend_from_slice(before);
                json::text(out, value);
            }
        };
        match field {
            AccessField::Consumer => return text(line.consumer),
            AccessField::Method => return text(Some(line.method)),
            AccessField::Host => return text(Some(line.host)),
            AccessField::Path => return text(Some(line.path)),
            AccessField::Query => return text(line.query.map(|query| self.mask.query(query)).as_deref()),
            AccessField::Protocol => return text(Some(protocol(line.protocol))),
            AccessField::Route => return text(line.route),
            AccessField::Cluster => return text(line.cluster),
            AccessField::Lane => return text(line.lane),
            AccessField::Ended => return text(line.ended),
            AccessField::Refusal => return text(line.refusal),
            AccessField::RequestId => return text(Some(line.request_id)),
            AccessField::Endpoint if line.endpoint.is_none() => return,
            AccessField::UpstreamMs if line.upstream_us.is_none() => return,
            AccessField::Attempts if line.attempts < 2 => return,
            AccessField::ClientLeft if !line.client_left => return,
            _ => out.extend_from_slice(before),
        }
        match field {
            AccessField::Time => clock.write(out, line.time),
            AccessField::Status => json::number(out, line.status.into()),
            AccessField::DurationMs => json::milliseconds(out, line.took_us),
            AccessField::UpstreamMs => json::milliseconds(out, line.upstream_us.unwrap_or_default()),
            AccessField::BytesIn => json::number(out, line.bytes_in),
            AccessField::BytesOut => json::number(out, line.bytes_out),
            AccessField::Attempts => json::number(out, line.attempts.into()),
            AccessField::ClientLeft => out.extend_from_slice(b"true"),
            quoted => {
                out.push(b'"');
                match (quoted, line.endpoint) {
                    (AccessField::Client, _) => json::address(out, line.client),
                    (AccessField::TraceId, _) => json::hex(out, line.trace_id),
                    (_, Some(endpoint)) => json::endpoint(out, endpoint),
                    (_, None) => {}
                }
                out.push(b'"');
            }
        }
    }
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}
