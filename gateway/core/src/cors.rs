//! Which pages of other sites may call, and how they are told (Fetch standard, section "HTTP CORS protocol").

use crate::{
    refusal::{Code, Refusal},
    resource::{Cors, OriginPattern, Route},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};

#[cfg(test)]
mod tests;

/// Headers for an answer.
pub type Headers = Vec<(HeaderName, HeaderValue)>;

/// What an upstream may have said on the matter, and what we say in its place.
pub const OF_ANSWERS: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

/// The method a preflight announces; `None` when the request is not a preflight.
#[must_use]
pub fn announced(method: &Method, headers: &HeaderMap) -> Option<Method> {
    if method != Method::OPTIONS || !headers.contains_key(ORIGIN) {
        return None;
    }
    Method::from_bytes(headers.get(ACCESS_CONTROL_REQUEST_METHOD)?.as_bytes()).ok()
}

impl OriginPattern {
    /// Reads `*`, `https://app.example.com` or `https://*.example.com`, each perhaps with a port.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let wrong = || {
            format!("{text:?} is not an origin; write https://app.example.com, https://*.example.com or *")
        };
        let (scheme, host) = text.split_once("://").ok_or_else(wrong)?;
        let fits = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':' | b'[' | b']')
        };
        let (name, wildcard) = match host.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (host, false),
        };
        let scheme_fits =
            !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !scheme_fits || name.is_empty() || !name.bytes().all(fits) {
            return Err(wrong());
        }
        let (scheme, name) = (scheme.to_ascii_lowercase(), name.to_ascii_lowercase());
        Ok(match wildcard {
            true => Self::Subdomains { scheme: format!("{scheme}://"), suffix: format!(".{name}") },
            false => Self::Exact(format!("{scheme}://{name}")),
        })
    }

    fn allows(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == origin,
            Self::Subdomains { scheme, suffix } => {
                let rest =
                    origin.strip_prefix(scheme.as_str()).and_then(|host| host.strip_suffix(suffix.as_str()));
                rest.is_some_and(|labels| !labels.is_empty() && !labels.contains([':', '/', '@']))
            }
        }
    }
}

impl Cors {
    /// The answer to a preflight: status 204 with these headers.
    ///
    /// # Errors
    /// [`Code::Forbidden`] for an origin that may not call.
    pub fn preflight(&self, route: &Route, request: &HeaderMap) -> Result<Headers, Refusal> {
        let Some(origin) = self.allowed_origin(request) else {
            let detail = "pages of this origin may not call here; see the Origin header";
            let refusal = Refusal::new(Code::Forbidden, detail);
            return Err(Refusal { headers: vec![(VARY, HeaderValue::from_static("Origin"))], ..refusal });
        };
        let mut headers = vec![
            (ACCESS_CONTROL_ALLOW_ORIGIN, origin),
            (
                VARY,
                HeaderValue::from_static(
                    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
                ),
            ),
            (ACCESS_CONTROL_ALLOW_METHODS, self.methods(route)),
        ];
        let asked_for = request.get(ACCESS_CONTROL_REQUEST_HEADERS).filter(|names| is_list_of_names(names));
        if let Some(names) = self.headers.as_ref().or(asked_for) {
            headers.push((ACCESS_CONTROL_ALLOW_HEADERS, names.clone()));
        }
        if self.credentials {
            headers.push((ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")));
        }
        if self.max_age_s > 0 {
            headers.push((ACCESS_CONTROL_MAX_AGE, HeaderValue::from(self.max_age_s)));
        }
        Ok(headers)
    }

    /// What is added to the actual answer. [`OF_ANSWERS`] of the upstream are to be removed before.
    #[must_use]
    pub fn actual(&self, request: &HeaderMap) -> Headers {
        let mut headers = Vec::with_capacity(4);
        // A cache must not give one origin the answer for another.
        if !self.origins.contains(&OriginPattern::Any) {
            headers.push((VARY, HeaderValue::from_static("Origin")));
        }
        let Some(origin) = self.allowed_origin(request) else {
            return headers;
        };
        headers.push((ACCESS_CONTROL_ALLOW_ORIGIN, origin));
        if self.credentials {
            headers.push((ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")));
        }
        if let Some(expose) = &self.expose {
            headers.push((ACCESS_CONTROL_EXPOSE_HEADERS, expose.clone()));
        }
        headers
    }

    /// What to say of the request's origin, if it may call.
    fn allowed_origin(&self, request: &HeaderMap) -> Option<HeaderValue> {
        let origin = request.get(ORIGIN)?;
        let text = origin.to_str().ok()?;
        let pattern = self.origins.iter().find(|pattern| pattern.allows(text))?;
        Some(match pattern {
            OriginPattern::Any => HeaderValue::from_static("*"),
            OriginPattern::Exact(_) | OriginPattern::Subdomains { .. } => origin.clone(),
        })
    }

    fn methods(&self, route: &Route) -> HeaderValue {
        const USUAL: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
        let methods = if self.methods.is_empty() { &route.methods } else { &self.methods };
        if methods.is_empty() {
            return USUAL;
        }
        let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
        HeaderValue::from_str(&names.join(", ")).unwrap_or(USUAL)
    }
}

/// Only what can be header names is repeated to the client.
fn is_list_of_names(value: &HeaderValue) -> bool {
    const BYTES_MAX: usize = 1_024;
    let name = |text: &str| HeaderName::from_bytes(text.trim().as_bytes()).is_ok();
    value.len() <= BYTES_MAX && value.to_str().is_ok_and(|names| names.split(',').all(name))
}
