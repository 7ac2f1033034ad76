//! Changes to headers that a route asks for.

use agw_core::resource::{HeaderEdits, Route};
use http::header::HOST;
use pingora_error::Result;
use pingora_http::{RequestHeader, ResponseHeader};

/// Changes a request on its way to the upstream.
pub(super) fn edit_request(request: &mut RequestHeader, route: &Route) -> Result<()> {
    if let Some(host) = route.forward().and_then(|forward| forward.replace_host.as_ref()) {
        request.insert_header(HOST, host.clone())?;
    }
    let HeaderEdits { remove, set, add } = &route.request_headers;
    for name in remove {
        request.remove_header(name);
    }
    for (name, value) in set {
        request.insert_header(name.clone(), value.clone())?;
    }
    for (name, value) in add {
        request.append_header(name.clone(), value.clone())?;
    }
    Ok(())
}

/// Brings back the host when an edit has removed it: HTTP/1.1 wants one.
pub(super) fn keep_host(asked: &RequestHeader, request: &mut RequestHeader) -> Result<()> {
    match asked.headers.get(HOST) {
        Some(host) if !request.headers.contains_key(HOST) => request.insert_header(HOST, host.clone()),
        _ => Ok(()),
    }
}

/// Changes an answer on its way to the client.
pub(super) fn edit_response(response: &mut ResponseHeader, edits: &HeaderEdits) -> Result<()> {
    let HeaderEdits { remove, set, add } = edits;
    for name in remove {
        response.remove_header(name);
    }
    for (name, value) in set {
        response.insert_header(name.clone(), value.clone())?;
    }
    for (name, value) in add {
        response.append_header(name.clone(), value.clone())?;
    }
    Ok(())
}
