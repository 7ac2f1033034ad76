//! WebSockets, from the handshake to the close frame.

mod autobahn;
mod conformance;
mod echo;
mod ends;
mod handshakes;
mod wire;

use crate::support::Setup;

const PAGE: &str = include_str!("../../../../docs/gateway/websockets.md");

/// A gateway with one route and one endpoint.
async fn start(endpoint: &str, cluster: &str, route: &str) -> Setup {
    let yaml = format!(
        "workers: 1
access_log: {{to: access.log}}
clusters: [{{name: c, endpoints: ['{endpoint}']{cluster}}}]
routes: [{{name: r, match: {{path_prefix: /}}, cluster: c{route}}}]
"
    );
    Setup::start(tempfile::tempdir().unwrap(), &yaml).await
}
