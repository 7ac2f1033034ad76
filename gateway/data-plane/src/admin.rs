//! The operators' server: health, status, metrics, reload. Reachable from this machine only.

use crate::{
    bind::{self, BindError},
    gateway::Shared,
    state::ConfigError,
};
use agw_config::config::AdminAddress;
use agw_core::resource::Route;
use axum::{
    Json, Router,
    extract::State as Extract,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use foundation::{metrics::Metrics, shutdown::Shutdown};
use serde::Serialize;
use serde_json::json;
use std::{
    fs, io,
    net::SocketAddr,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{fs::PermissionsExt, net::UnixStream},
    },
    path::Path,
    sync::Arc,
};
use tokio::net::{TcpListener, UnixListener};

/// A bound socket of either kind.
#[derive(Debug)]
pub(crate) enum AdminSocket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A bound admin address.
pub(crate) struct Bound {
    pub(crate) socket: AdminSocket,
    /// With the port the system chose.
    pub(crate) address: AdminAddress,
    /// A second handle, for a successor.
    pub(crate) handle: OwnedFd,
}

/// Binds the admin address, unless its socket was `inherited`.
pub(crate) fn bind(address: &AdminAddress, inherited: Option<OwnedFd>) -> Result<Bound, BindError> {
    const SETTING: &str = "admin.address";
    let failed = |error| BindError { address: address.to_string(), setting: SETTING.to_owned(), error };
    match address {
        AdminAddress::Tcp(wanted) => {
            let socket = match inherited {
                Some(socket) => socket.into(),
                None => bind::tcp(SETTING, *wanted)?,
            };
            let bound: SocketAddr = socket.local_addr().unwrap_or(*wanted);
            let handle = socket.as_fd().try_clone_to_owned().map_err(failed)?;
            let socket = TcpListener::from_std(socket).map_err(failed)?;
            Ok(Bound { socket: AdminSocket::Tcp(socket), address: AdminAddress::Tcp(bound), handle })
        }
        AdminAddress::Unix(path) => {
            let socket = match inherited {
                Some(socket) => UnixListener::from_std(socket.into()),
                None => bind_unix(path),
            };
            let socket = socket.map_err(failed)?;
            let handle = socket.as_fd().try_clone_to_owned().map_err(failed)?;
            Ok(Bound { socket: AdminSocket::Unix(socket), address: address.clone(), handle })
        }
    }
}

/// Serves until stopped.
pub(crate) async fn serve(socket: AdminSocket, shared: Arc<Shared>, stop: Shutdown) {
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/status", get(status))
        .route("/metrics", get(metrics))
        .route("/reload-config", post(reload))
        .with_state(shared);
    let stopped = async move { stop.requested().await };
    let served = match socket {
        AdminSocket::Tcp(socket) => axum::serve(socket, router).with_graceful_shutdown(stopped).await,
        AdminSocket::Unix(socket) => axum::serve(socket, router).with_graceful_shutdown(stopped).await,
    };
    if let Err(error) = served {
        tracing::error!(%error, "the admin server ended");
    }
}

/// What runs.
#[derive(Debug, Serialize)]
struct Status {
    version: &'static str,
    config_sha256: String,
    listeners: Vec<SocketAddr>,
    admin: String,
    connections: i64,
    routes: Vec<RouteStatus>,
    clusters: Vec<ClusterStatus>,
    consumers: Vec<String>,
}

#[derive(Debug, Serialize)]
struct RouteStatus {
    name: String,
    hosts: Vec<String>,
    path: String,
    cluster: String,
    auth_required: bool,
}

#[derive(Debug, Serialize)]
struct ClusterStatus {
    name: String,
    endpoints: Vec<String>,
}

async fn status(Extract(shared): Extract<Arc<Shared>>) -> Json<Status> {
    let state = shared.state.load_full();
    let routes = state.routing.routes().map(|route| RouteStatus {
        name: route.name.clone(),
        hosts: route.hosts.iter().map(ToString::to_string).collect(),
        path: route.path.to_string(),
        cluster: cluster_of(route),
        auth_required: route.auth.as_ref().is_some_and(|auth| auth.required),
    });
    let clusters = state.routing.clusters().map(|cluster| ClusterStatus {
        name: cluster.name.clone(),
        endpoints: cluster.endpoints.iter().map(ToString::to_string).collect(),
    });
    let mut clusters: Vec<ClusterStatus> = clusters.collect();
    clusters.sort_by(|a, b| a.name.cmp(&b.name));
    let mut consumers: Vec<String> = state.routing.consumer_names().map(str::to_owned).collect();
    consumers.sort();
    Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        config_sha256: state.config_sha256.clone(),
        listeners: shared.listeners.addresses(),
        admin: shared.admin_address.to_string(),
        connections: shared.metrics.connections(),
        routes: routes.collect(),
        clusters,
        consumers,
    })
}

/// Where its requests go; empty when it answers by itself.
fn cluster_of(route: &Route) -> String {
    let clusters = route.forward().map(|forward| forward.split.iter().map(|share| share.cluster.as_str()));
    clusters.map(|names| names.collect::<Vec<_>>().join(", ")).unwrap_or_default()
}

async fn metrics(Extract(shared): Extract<Arc<Shared>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, Metrics::CONTENT_TYPE)], shared.metrics.render())
}

async fn reload(Extract(shared): Extract<Arc<Shared>>) -> Response {
    let Err(error) = shared.reload().await else {
        return Json(json!({ "config_sha256": shared.state.load().config_sha256 })).into_response();
    };
    let problems = match &error {
        ConfigError::Invalid(problems) => problems.iter().map(ToString::to_string).collect(),
        ConfigError::Unreadable { .. } | ConfigError::Routing(_) => vec![error.to_string()],
    };
    let body = json!({
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "the configuration was not taken over and the running one stays; mend the problems and try again",
        "code": "invalid_config",
        "problems": problems,
    });
    let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
    (StatusCode::BAD_REQUEST, content_type, body.to_string()).into_response()
}

/// Binds a socket that only our user can use. A file left by a process that is gone is replaced.
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    let bound = UnixListener::bind(path).or_else(|error| match UnixStream::connect(path) {
        Err(refused) if refused.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        _ => Err(error),
    })?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(bound)
}
