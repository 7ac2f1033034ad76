//! The dashboard: the files of `dashboard/dist`, which are part of the program. They tell nothing, so anybody may have them; what
//! they show comes from the API, which asks who wants it.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

#[cfg(test)]
mod tests;

const HOME: &str = "/ui/";
const INDEX: &str = "index.html";
/// Their names change with what is in them.
const HASHED: &str = "assets/";

/// Scripts, data and all else from here only. Styles may stand in elements: Mantine puts the variables of its theme and the lock of
/// the scroll bars into them.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const NOT_BUILT: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Aetherius</title></head>\n\
    <body><main><h1>The dashboard is not in this program</h1>\n\
    <p>It was compiled before the dashboard was built. Run <code>make dashboard</code>, then <code>make run</code>.\n\
    The API under <code>/api</code> works without it.</p></main></body></html>\n";

/// A file as it was built, and packed.
struct File {
    name: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// Written by `build.rs`.
static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/dashboard_files.rs"));

/// `/` and `/ui/…`.
pub(crate) fn router() -> Router {
    let home = || async { Redirect::to(HOME) };
    Router::new()
        .route("/", get(home))
        .route("/ui", get(home))
        .route(HOME, get(|headers| serve(Path(INDEX.to_owned()), headers)))
        .route("/ui/{*path}", get(serve))
}

async fn serve(Path(path): Path<String>, headers: HeaderMap) -> Response {
    respond(FILES, &path, &headers)
}

/// What is no file is a page of the application, which reads the address itself.
fn respond(files: &'static [File], path: &str, headers: &HeaderMap) -> Response {
    let found = find(files, path);
    if found.is_none() && path.starts_with(HASHED) {
        // An old page asks for what a newer program does not have; a page in its place would be run as a script.
        return (StatusCode::NOT_FOUND, guard("text/plain; charset=utf-8", "no-store"), "no such file\n")
            .into_response();
    }
    let Some(file) = found.or_else(|| find(files, INDEX)) else {
        return (guard("text/html; charset=utf-8", "no-store"), NOT_BUILT).into_response();
    };
    let cache =
        if file.name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let head = guard(content_type(file.name), cache);
    let vary = [(header::VARY, "accept-encoding")];
    match pack(file, headers) {
        (bytes, Some(encoding)) => {
            (head, vary, [(header::CONTENT_ENCODING, encoding)], bytes).into_response()
        }
        (bytes, None) => (head, vary, bytes).into_response(),
    }
}

fn find(files: &'static [File], name: &str) -> Option<&'static File> {
    files.iter().find(|file| file.name == name)
}

/// The smallest form that the browser takes.
fn pack(file: &File, headers: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let takes = |name: &str| {
        accepted.split(',').any(|one| {
            let mut parts = one.split(';').map(str::trim);
            parts.next() == Some(name) && parts.all(|part| part != "q=0")
        })
    };
    match (file.brotli, file.gzip) {
        (Some(bytes), _) if takes("br") => (bytes, Some("br")),
        (_, Some(bytes)) if takes("gzip") => (bytes, Some("gzip")),
        _ => (file.plain, None),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

fn guard(content_type: &'static str, cache: &'static str) -> [(HeaderName, &'static str); 5] {
    [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ]
}
