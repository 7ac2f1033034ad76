//! Where a redirect leads.

use crate::{
    refusal::{Code, Refusal},
    resource::{PathMatch, Redirect},
};

#[cfg(test)]
mod tests;

/// The `Location` of a redirect. `host` is the request's, perhaps with a port; `path` is normalised and covered by `matched`.
///
/// What stays as it was is left out where it can be: without scheme, host and port it is a path, without scheme it begins with
/// `//` (RFC 3986 section 4.2).
///
/// # Errors
/// [`Code::BadPath`] from the rewrite, [`Code::BadFraming`] when the request's host is needed and is none.
pub fn location(
    redirect: &Redirect,
    matched: &PathMatch,
    host: &str,
    path: &str,
    query: Option<&str>,
) -> Result<String, Refusal> {
    let path = redirect.rewrite.apply(matched, path)?;
    let mut location = String::with_capacity(path.len() + 64);
    if redirect.scheme.is_none() && redirect.host.is_none() && redirect.port.is_none() {
        // Two slashes at the beginning would be another host.
        location.push('/');
        location.push_str(path.trim_start_matches('/'));
    } else {
        if let Some(scheme) = redirect.scheme {
            location.push_str(scheme);
            location.push(':');
        }
        location.push_str("//");
        match &redirect.host {
            Some(host) => location.push_str(host),
            None => location.push_str(own_host(host)?),
        }
        if let Some(port) = redirect.port {
            location.push(':');
            location.push_str(&port.to_string());
        }
        location.push_str(&path);
    }
    if let Some(query) = query {
        location.push('?');
        location.push_str(query);
    }
    Ok(location)
}

/// The host a client named, without its port.
fn own_host(host: &str) -> Result<&str, Refusal> {
    let end = match host.rfind(']') {
        Some(end) => end + 1,
        None => host.find(':').unwrap_or(host.len()),
    };
    let name = &host[..end];
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':' | b'[' | b']');
    if name.is_empty() || !name.bytes().all(plain) {
        return Err(Refusal::new(Code::BadFraming, "the Host header is not a host; send the one you want"));
    }
    Ok(name)
}
