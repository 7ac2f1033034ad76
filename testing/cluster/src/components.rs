//! The arguments of each program. All listen on the loopback interface or not at all, and none waits longer than a test should.

use crate::{binaries::Programs, credentials};
use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    path::Path,
};

/// Where the two servers of a cluster listen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) etcd: u16,
    pub(crate) etcd_peers: u16,
    pub(crate) api_server: u16,
}

impl Ports {
    /// Three that are free now. Somebody may be quicker; then the start fails and is tried again.
    pub(crate) fn free() -> io::Result<Self> {
        let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listeners = [listen()?, listen()?, listen()?];
        let port = |at: usize| listeners[at].local_addr().map(|address| address.port());
        Ok(Self { etcd: port(0)?, etcd_peers: port(1)?, api_server: port(2)? })
    }

    pub(crate) fn server(self) -> String {
        format!("https://127.0.0.1:{}", self.api_server)
    }
}

/// A program with its arguments.
pub(crate) struct Component<'a> {
    pub(crate) name: &'static str,
    pub(crate) program: &'a Path,
    pub(crate) args: Vec<String>,
}

/// The addresses of pods, and of services.
const POD_ADDRESSES: &str = "10.244.0.0/16";
const SERVICE_ADDRESSES: &str = "10.96.0.0/16";

/// What stores and serves the objects.
pub(crate) fn servers<'a>(programs: &'a Programs, dir: &Path, ports: Ports) -> [Component<'a>; 2] {
    let file = |name: &str| dir.join(name).display().to_string();
    let etcd = format!("http://127.0.0.1:{}", ports.etcd);
    let peers = format!("http://127.0.0.1:{}", ports.etcd_peers);
    [
        Component {
            name: "etcd",
            program: &programs.etcd,
            args: vec![
                format!("--data-dir={}", file("etcd")),
                format!("--listen-client-urls={etcd}"),
                format!("--advertise-client-urls={etcd}"),
                format!("--listen-peer-urls={peers}"),
                format!("--initial-advertise-peer-urls={peers}"),
                format!("--initial-cluster=default={peers}"),
                // Nobody needs a test's objects after a crash.
                "--unsafe-no-fsync".into(),
                "--log-level=warn".into(),
            ],
        },
        Component {
            name: "kube-apiserver",
            program: &programs.api_server,
            args: vec![
                format!("--etcd-servers={etcd}"),
                "--bind-address=127.0.0.1".into(),
                // What the service `kubernetes` leads to; no loopback address is allowed there.
                "--advertise-address=10.255.255.1".into(),
                format!("--secure-port={}", ports.api_server),
                format!("--tls-cert-file={}", file("server.crt")),
                format!("--tls-private-key-file={}", file("server.key")),
                format!("--token-auth-file={}", file("tokens.csv")),
                "--authorization-mode=RBAC".into(),
                "--service-account-issuer=https://kubernetes.default.svc".into(),
                format!("--service-account-key-file={}", file("service-accounts.pub")),
                format!("--service-account-signing-key-file={}", file("service-accounts.key")),
                format!("--service-cluster-ip-range={SERVICE_ADDRESSES}"),
                "--profiling=false".into(),
            ],
        },
    ]
}

/// What acts on the objects, once they are served.
pub(crate) fn controllers<'a>(programs: &'a Programs, dir: &Path) -> [Component<'a>; 3] {
    let file = |name: &str| dir.join(name).display().to_string();
    let kubeconfig = |user: &str| format!("--kubeconfig={}", dir.join(kubeconfig_name(user)).display());
    [
        Component {
            name: "kube-controller-manager",
            program: &programs.controller_manager,
            args: vec![
                kubeconfig(credentials::CONTROLLER_MANAGER),
                "--leader-elect=false".into(),
                "--secure-port=0".into(),
                format!("--root-ca-file={}", file("ca.crt")),
                format!("--service-account-private-key-file={}", file("service-accounts.key")),
                format!("--cluster-cidr={POD_ADDRESSES}"),
                "--allocate-node-cidrs=false".into(),
                "--node-monitor-period=1s".into(),
                "--pvclaimbinder-sync-period=1s".into(),
                "--kube-api-qps=200".into(),
                "--kube-api-burst=400".into(),
                "--profiling=false".into(),
            ],
        },
        Component {
            name: "kube-scheduler",
            program: &programs.scheduler,
            args: vec![
                kubeconfig(credentials::SCHEDULER),
                "--leader-elect=false".into(),
                "--secure-port=0".into(),
                "--profiling=false".into(),
            ],
        },
        Component {
            name: "kwok",
            program: &programs.kwok,
            args: vec![
                kubeconfig(credentials::KUBELETS),
                format!("--config={}", file(STAGES)),
                "--manage-all-nodes=true".into(),
                "--node-lease-duration-seconds=40".into(),
                format!("--cidr={POD_ADDRESSES}"),
                "--node-ip=".into(),
            ],
        },
    ]
}

/// The file with kwok's stages.
pub(crate) const STAGES: &str = "stages.yaml";

/// The file with a user's kubeconfig.
pub(crate) fn kubeconfig_name(user: &str) -> String {
    format!("{}.kubeconfig", user.trim_start_matches("system:"))
}
