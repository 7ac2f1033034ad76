//! A running cluster, and what tests ask of it.

use crate::{
    Error, Node, Unavailable,
    api::{Api, Http, JSON},
    binaries::{self, Programs},
    components::{self, Ports},
    credentials::{self, Credentials},
    kubelet::{self, writer::Kind},
    processes::Processes,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Nodes of a cluster of which nothing else is said.
const NODES: u16 = 2;
/// For a start, of which there may be [`ATTEMPTS`]: a port may be taken in the moment in which we let go of it.
const START_PATIENCE: Duration = Duration::from_secs(60);
const ATTEMPTS: usize = 3;
/// Between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(50);
/// How much of a log an error shows, in lines.
const LOG_LINES: usize = 15;

/// What the viewer may read: the role that users are told to grant, so that tests find out what it lacks.
const VIEWER_ROLE: &str = include_str!("../../../deploy/kubernetes/viewer.yaml");
/// Who the viewer is here.
const VIEWER_BINDING: &str = include_str!("viewer-binding.yaml");

/// A cluster of one's own. It ends with this value, and with the process whatever ends that.
#[derive(Debug)]
pub struct Cluster {
    // Its tasks end before what they talk to.
    api: Api,
    processes: Processes,
    programs: Programs,
    server: String,
    kubeconfig: PathBuf,
    viewer_kubeconfig: PathBuf,
    namespaces: AtomicU32,
    nodes: AtomicU32,
}

impl Cluster {
    /// Starts a cluster with two nodes, `node-1` and `node-2`, and waits until pods can run.
    pub fn start() -> Result<Self, Unavailable> {
        Self::start_with(NODES)
    }

    /// Starts a cluster with that many nodes.
    pub fn start_with(nodes: u16) -> Result<Self, Unavailable> {
        let programs = binaries::find()?;
        let mut attempt = 1;
        loop {
            match Self::start_once(programs.clone(), nodes) {
                Err(Unavailable::Ended { .. }) if attempt < ATTEMPTS => attempt += 1,
                started => return started,
            }
        }
    }

    fn start_once(programs: Programs, nodes: u16) -> Result<Self, Unavailable> {
        let dir = tempfile::Builder::new().prefix("aetherius-cluster-").tempdir()?.keep();
        let mut processes = Processes::start(dir.clone())?;
        let ports = Ports::free()?;
        let server = ports.server();
        let credentials = Credentials::create(&dir)?;
        for user in credentials::USERS {
            let file = dir.join(components::kubeconfig_name(user));
            fs::write(file, credentials.kubeconfig(&dir, &server, user))?;
        }
        fs::write(dir.join(components::STAGES), kubelet::stages::file())?;
        for it in components::servers(&programs, &dir, ports) {
            processes.spawn(it.name, it.program, &it.args)?;
        }
        let token = credentials.token(credentials::ADMIN);
        let api = Api::new(Http::new(&server, &credentials.authority, token)?)?;
        let mut cluster = Self {
            api,
            processes,
            server,
            kubeconfig: dir.join(components::kubeconfig_name(credentials::ADMIN)),
            viewer_kubeconfig: dir.join(components::kubeconfig_name(credentials::VIEWER)),
            programs,
            namespaces: AtomicU32::new(0),
            nodes: AtomicU32::new(0),
        };
        cluster.wait_for_start("API server that is ready", Self::is_ready)?;
        for it in components::controllers(&cluster.programs, &dir) {
            cluster.processes.spawn(it.name, it.program, &it.args)?;
        }
        for kind in [Kind::Pod, Kind::Node] {
            cluster.api.spawn(kubelet::writer::run(cluster.api.http().clone(), kind));
        }
        cluster.let_viewer_view()?;
        for at in 1..=nodes {
            cluster.add_node(&Node::new(format!("node-{at}")))?;
        }
        cluster.wait_for_start("service account in the namespace default", |it| {
            it.get("/api/v1/namespaces/default/serviceaccounts/default").is_ok()
        })?;
        cluster.wait_for_start("nodes that take pods", |it| it.nodes_take_pods().unwrap_or(false))?;
        Ok(cluster)
    }

    /// The kubeconfig of a user who may do everything.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The kubeconfig of a user who may only read, and no secrets: the rights that Aetherius asks for.
    pub fn viewer_kubeconfig(&self) -> &Path {
        &self.viewer_kubeconfig
    }

    /// The URL of the API server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The folder with everything that belongs to the cluster; the programs' logs are in it.
    pub fn dir(&self) -> &Path {
        self.processes.dir()
    }

    /// A kubectl of the cluster's version.
    pub fn kubectl_path(&self) -> &Path {
        &self.programs.kubectl
    }

    /// The ids of the cluster's processes.
    pub fn process_ids(&self) -> Vec<u32> {
        self.processes.ids()
    }

    /// Runs kubectl as the administrator, and waits for its end, whatever its status.
    pub fn kubectl(&self, args: &[&str]) -> Result<Output, Error> {
        self.kubectl_with_input(args, "")
    }

    /// Applies objects in YAML, as `kubectl apply -f` does.
    pub fn apply(&self, yaml: &str) -> Result<(), Error> {
        self.kubectl_done(&["apply", "-f", "-"], yaml)
    }

    /// Runs kubectl as the administrator, which must end well.
    pub(crate) fn kubectl_done(&self, args: &[&str], input: &str) -> Result<(), Error> {
        let output = self.kubectl_with_input(args, input)?;
        if output.status.success() {
            return Ok(());
        }
        let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Error::Kubectl { args: args.join(" "), stderr })
    }

    /// Asks the API server for what is at a path, such as `/api/v1/namespaces/default/pods`.
    pub fn get(&self, path: &str) -> Result<Value, Error> {
        self.api.call(Method::GET, path, None)
    }

    /// Makes a namespace that nobody else uses, in which pods can be made, and says its name, which begins with `prefix`.
    pub fn namespace(&self, prefix: &str) -> Result<String, Error> {
        let name = format!("{prefix}-{}", self.namespaces.fetch_add(1, Ordering::Relaxed) + 1);
        let namespace = json!({ "metadata": { "name": name } });
        self.api.call(Method::POST, "/api/v1/namespaces", Some((JSON, namespace)))?;
        // Pods are refused before it is there.
        let account = format!("/api/v1/namespaces/{name}/serviceaccounts/default");
        self.wait("service account in the new namespace", Duration::from_secs(20), || {
            self.get(&account).ok()
        })?;
        Ok(name)
    }

    /// Begins to delete a namespace with all that is in it.
    pub fn delete_namespace(&self, name: &str) -> Result<(), Error> {
        self.api.call(Method::DELETE, &format!("/api/v1/namespaces/{name}"), None)?;
        Ok(())
    }

    /// Adds a node, which kwok takes care of.
    pub fn add_node(&self, node: &Node) -> Result<(), Error> {
        let at = self.nodes.fetch_add(1, Ordering::Relaxed) + 1;
        self.api.call(Method::POST, "/api/v1/nodes", Some((JSON, node.object(at))))?;
        Ok(())
    }

    /// The events about the object of that name, oldest first.
    pub fn events_of(&self, namespace: &str, object: &str) -> Result<Vec<Value>, Error> {
        let path =
            format!("/api/v1/namespaces/{namespace}/events?fieldSelector=involvedObject.name%3D{object}");
        let mut list = self.get(&path)?;
        let mut events = list["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
        events.sort_by_key(|it| it["metadata"]["creationTimestamp"].as_str().unwrap_or_default().to_owned());
        Ok(events)
    }

    /// Looks until there is something, or too much time has passed.
    pub fn wait<T>(
        &self,
        what: &str,
        within: Duration,
        mut look: impl FnMut() -> Option<T>,
    ) -> Result<T, Error> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(found) = look() {
                return Ok(found);
            }
            if Instant::now() >= deadline {
                return Err(Error::Late { what: what.to_owned(), within });
            }
            thread::sleep(PAUSE);
        }
    }

    fn wait_for_start(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) -> Result<(), Unavailable> {
        let deadline = Instant::now() + START_PATIENCE;
        while !is_so(self) {
            if let Some(name) = self.processes.ended() {
                return Err(Unavailable::Ended { name, log: end_of(&self.processes.log_of(name)) });
            }
            if Instant::now() >= deadline {
                return Err(Error::Late { what: what.to_owned(), within: START_PATIENCE }.into());
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Whether the API server has made the roles that the other programs need; it does so last.
    fn is_ready(&self) -> bool {
        self.get("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:kube-scheduler").is_ok()
            && self.get("/api/v1/namespaces/default").is_ok()
    }

    fn nodes_take_pods(&self) -> Result<bool, Error> {
        let list = self.get("/api/v1/nodes")?;
        let mut nodes = list["items"].as_array().into_iter().flatten();
        Ok(nodes.all(|it| it["spec"]["taints"].is_null() && !it["status"]["conditions"].is_null()))
    }

    fn let_viewer_view(&self) -> Result<(), Error> {
        self.apply(VIEWER_ROLE)?;
        self.apply(VIEWER_BINDING)
    }

    /// Runs kubectl as the administrator with that input, and waits for its end, whatever its status.
    pub fn kubectl_with_input(&self, args: &[&str], input: &str) -> Result<Output, Error> {
        let mut child = Command::new(&self.programs.kubectl)
            .arg(format!("--kubeconfig={}", self.kubeconfig.display()))
            .arg(format!("--cache-dir={}", self.dir().join("kubectl").display()))
            .args(args)
            .env_remove("KUBECONFIG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            match stdin.write_all(input.as_bytes()) {
                // It ended without reading; its status says why.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                written => written?,
            }
        }
        Ok(child.wait_with_output()?)
    }
}

fn end_of(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}
