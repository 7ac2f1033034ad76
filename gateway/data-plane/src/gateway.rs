//! A running gateway.

use crate::{
    access_log::{AccessLog, Target},
    admin,
    alert::Alerts,
    bind::BindError,
    listener::Listeners,
    metrics::Metrics,
    proxy::Proxy,
    reload::{self, History, Scope},
    slots::Slots,
    state::{ConfigError, Loaded, State},
    upgrade::{self, Predecessor, UpgradeError},
    watch,
    worker::Workers,
};
use agw_config::{
    Problem,
    config::{AdminAddress, Config, LogTarget, UpstreamPools},
};
use agw_core::cluster::ClusterStatus;
use arc_swap::ArcSwap;
use foundation::shutdown::Shutdown;
use jiff::Timestamp;
use std::{
    io,
    net::{SocketAddr, TcpListener},
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// So long before the end of a drain WebSockets are told.
const FAREWELL: Duration = Duration::from_secs(1);

/// A gateway that accepts connections. Dropping it without [`Gateway::drain`] leaves it running until its runtime ends.
#[derive(Debug)]
pub struct Gateway {
    shared: Arc<Shared>,
    workers: Arc<Workers>,
    admin_stop: Shutdown,
    watch_stop: Shutdown,
}

/// What the gateway's parts have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) state: Arc<ArcSwap<State>>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) alerts: Arc<Alerts>,
    access_log: Arc<AccessLog>,
    pub(crate) listeners: Listeners,
    pub(crate) admin_address: AdminAddress,
    pub(crate) started: Timestamp,
    /// The zero of the rate limits' clock.
    pub(crate) limits_since: Instant,
    /// That serve requests.
    pub(crate) threads: usize,
    pub(crate) history: Arc<History>,
    slots: Arc<Slots>,
    /// In milliseconds.
    drain: AtomicU64,
    config_path: PathBuf,
    fixed: Fixed,
    /// Of the admin server; `None` once it is to be closed.
    admin_handle: Mutex<Option<OwnedFd>>,
    /// Held during a reload or an upgrade, so that two do not begin with the same predecessor.
    reloading: tokio::sync::Mutex<()>,
    /// Requested once a successor serves.
    replaced: Shutdown,
}

/// What a reload cannot change.
#[derive(Debug, PartialEq)]
struct Fixed {
    admin: AdminAddress,
    workers: usize,
    upstream_pools: UpstreamPools,
}

/// Why a gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is not usable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An address cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The system gives no threads, or no more descriptors.
    #[error("the system refuses what a gateway needs: {0}")]
    System(#[from] io::Error),
}

impl Gateway {
    /// Reads the configuration, binds every address and begins to serve. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// A configuration with problems, or an address that cannot be listened on; then nothing is left running.
    pub async fn start(config_path: PathBuf) -> Result<Self, StartError> {
        Self::start_after(config_path, None).await
    }

    /// The same with the sockets of a program that is to be replaced.
    pub(crate) async fn start_after(
        config_path: PathBuf,
        mut predecessor: Option<&mut Predecessor>,
    ) -> Result<Self, StartError> {
        let mut inherited = |name: &str| predecessor.as_mut().and_then(|predecessor| predecessor.take(name));
        // Shown to people and programs that are somewhere else.
        let config_path = std::path::absolute(&config_path).unwrap_or(config_path);
        let path = config_path.clone();
        // A thread of its own: the memory that parsing leaves behind goes back to the system with it.
        let read = thread::Builder::new().name("agw-config".to_owned()).spawn(move || Loaded::read(&path))?;
        let loaded =
            read.join().map_err(|_| io::Error::other("the configuration's reader has panicked"))??;
        let fixed = Fixed::of(&loaded.config);
        let (connections_max, drain) = (loaded.config.connections_max, milliseconds(loaded.config.drain));
        let terms = loaded.terms();
        let metrics = Arc::new(Metrics::new());
        let state = State::new(loaded, None, &metrics)?;
        let target = state.observed.log_target(None).map_err(ConfigError::Invalid)?;
        let target = target.map_or_else(|| Target::open(LogTarget::Off), Ok)?;
        let access_log = Arc::new(AccessLog::start(target, Arc::clone(&metrics))?);
        let state = Arc::new(ArcSwap::from_pointee(state));
        let proxy = Proxy::new(Arc::clone(&state), Arc::clone(&metrics), Arc::clone(&access_log));
        let slots = Arc::new(Slots::new(connections_max));
        let workers = Arc::new(Workers::start(fixed.workers, fixed.upstream_pools, &proxy)?);
        let listeners = Listeners::new(Arc::clone(&workers), Arc::clone(&slots), Arc::clone(&metrics));
        let inherit = |key| inherited(&upgrade::listener_name(key)).map(TcpListener::from);
        let prepared = listeners.prepare(terms, inherit)?;
        let admin = admin::bind(&fixed.admin, inherited(&upgrade::admin_name(&fixed.admin)))?;
        listeners.apply(prepared).await?;
        state.load().upstreams.start(None);
        let shared = Arc::new(Shared {
            alerts: Alerts::start(Arc::clone(&state), Arc::clone(&metrics)),
            access_log,
            state,
            metrics,
            listeners,
            admin_address: admin.address,
            started: Timestamp::now(),
            limits_since: proxy.started(),
            threads: workers.threads(),
            history: Arc::default(),
            slots,
            drain: AtomicU64::new(drain),
            config_path,
            fixed,
            admin_handle: Mutex::new(Some(admin.handle)),
            reloading: tokio::sync::Mutex::default(),
            replaced: Shutdown::new(),
        });
        let admin_stop = Shutdown::new();
        tokio::spawn(admin::serve(admin.socket, Arc::clone(&shared), admin_stop.clone()));
        let watch_stop = Shutdown::new();
        tokio::spawn(watch::run(Arc::clone(&shared), watch_stop.clone()));
        tracing::info!(address = %shared.admin_address, "admin server listening");
        Ok(Self { shared, workers, admin_stop, watch_stop })
    }

    /// The addresses clients can connect to, in the order of the configuration, with the ports the system chose.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.shared.listeners.addresses()
    }

    /// Where the admin server listens.
    #[must_use]
    pub fn admin_address(&self) -> &AdminAddress {
        &self.shared.admin_address
    }

    /// How clusters and their endpoints are now, by name.
    #[must_use]
    pub fn cluster_status(&self) -> Vec<ClusterStatus> {
        self.shared.state.load().upstreams.status()
    }

    /// Reads the configuration again; requests that begin from now on use it.
    ///
    /// # Errors
    /// Why it was not taken over; the old one stays.
    pub async fn reload(&self) -> Result<(), ConfigError> {
        self.shared.reload(Scope::Config, "the program").await
    }

    /// Opens the file of the access log again, which somebody may have moved away.
    pub fn reopen_logs(&self) {
        self.shared.access_log.reopen();
    }

    /// Starts the program anew, as it is on the disk now, and hands it every listening socket. Once it serves,
    /// [`Gateway::replaced`] resolves and this gateway is to be drained.
    ///
    /// # Errors
    /// Why there is no successor; this gateway goes on.
    pub async fn upgrade(&self) -> Result<(), UpgradeError> {
        self.shared.upgrade().await
    }

    /// The same in the background; why it failed is logged.
    pub(crate) fn begin_upgrade(&self) {
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move { shared.upgrade().await });
    }

    /// Resolves once a successor serves.
    pub async fn replaced(&self) {
        self.shared.replaced.requested().await;
    }

    /// Stops accepting, lets requests in flight finish for as long as the configuration says, then ends the rest.
    pub async fn drain(self) {
        let Self { shared, workers, admin_stop, watch_stop } = self;
        watch_stop.request();
        shared.listeners.close().await;
        workers.last_answers().await;
        tracing::info!(connections = shared.slots.open(), "draining");
        let deadline = Duration::from_millis(shared.drain.load(Ordering::Relaxed));
        let farewell = FAREWELL.min(deadline / 4);
        if timeout(deadline - farewell, shared.slots.all_free()).await.is_err() {
            workers.say_farewell();
        }
        if timeout(farewell, shared.slots.all_free()).await.is_err() {
            tracing::warn!(connections = shared.slots.open(), "ending what did not finish in time");
        }
        workers.stop().await;
        shared.last_words().await;
        shared.state.load().upstreams.stop();
        admin_stop.request();
        *shared.admin_handle.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if shared.replaced.is_requested() {
            // The files belong to the successor.
            return;
        }
        if let AdminAddress::Unix(path) = &shared.admin_address {
            // The next start would remove it too; a leftover only looks untidy.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Shared {
    pub(crate) fn config_path(&self) -> &Path {
        &self.config_path
    }

    /// Takes the configuration over as it is in the file now. `by` says who asked for it.
    pub(crate) async fn reload(&self, scope: Scope, by: &str) -> Result<(), ConfigError> {
        let _one_at_a_time = self.reloading.lock().await;
        let before = self.state.load_full();
        let reloaded = self.read_again(scope).await;
        self.metrics.reloaded(reloaded.is_ok());
        match &reloaded {
            Ok(()) => {
                let (history, after, by) = (Arc::clone(&self.history), self.state.load_full(), by.to_owned());
                // A panic there has been reported, and the configuration runs.
                let noted = move || history.taken_over(scope, &by, &before, &after);
                let _ = tokio::task::spawn_blocking(noted).await;
            }
            Err(error) => self.history.refused(scope, by, error),
        }
        reloaded
    }

    /// Writes and sends what is known of the last requests.
    async fn last_words(&self) {
        const PATIENCE: Duration = Duration::from_secs(2);
        let tracer = self.state.load().observed.tracer.clone();
        let traces = async {
            if let Some(tracer) = tracer {
                tracer.flush(PATIENCE).await;
            }
        };
        tokio::join!(self.access_log.flush(PATIENCE), traces);
    }

    pub(crate) async fn upgrade(&self) -> Result<(), UpgradeError> {
        let handed_over = self.hand_over().await;
        match &handed_over {
            Ok(successor) => {
                tracing::info!(successor, "replaced by a new process");
                self.replaced.request();
            }
            Err(error) => tracing::error!(%error, "not replaced, going on"),
        }
        handed_over.map(|_| ())
    }

    async fn hand_over(&self) -> Result<u32, UpgradeError> {
        let _one_at_a_time = self.reloading.try_lock().map_err(|_| UpgradeError::UnderWay)?;
        if self.replaced.is_requested() {
            return Err(UpgradeError::UnderWay);
        }
        let sockets = self.sockets()?;
        let handed_over = tokio::task::spawn_blocking(move || upgrade::hand_over(&sockets)).await;
        handed_over.unwrap_or_else(|panic| Err(io::Error::other(panic).into()))
    }

    /// Everything a successor is to listen on.
    fn sockets(&self) -> io::Result<Vec<(String, OwnedFd)>> {
        let mut sockets = Vec::new();
        for (key, socket) in self.listeners.sockets() {
            sockets.push((upgrade::listener_name(key), socket.as_fd().try_clone_to_owned()?));
        }
        let admin = self.admin_handle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = &*admin {
            sockets.push((upgrade::admin_name(&self.fixed.admin), handle.try_clone()?));
        }
        Ok(sockets)
    }

    async fn read_again(&self, scope: Scope) -> Result<(), ConfigError> {
        let path = self.config_path.clone();
        let running = self.state.load_full();
        let read = tokio::task::spawn_blocking(move || match scope {
            Scope::Config => Loaded::read(&path),
            Scope::ProxyRoutes => reload::read_proxy_routes(&path, &running),
        })
        .await;
        let loaded = read.unwrap_or_else(|panic| {
            let error = io::Error::other(panic);
            Err(ConfigError::Unreadable { path: self.config_path.clone(), error })
        })?;
        let changed = self.fixed.changed(&Fixed::of(&loaded.config));
        if !changed.is_empty() {
            return Err(ConfigError::Invalid(changed));
        }
        let (connections_max, drain) = (loaded.config.connections_max, milliseconds(loaded.config.drain));
        let prepared = match scope {
            Scope::Config => Some(self.listeners.prepare(loaded.terms(), |_| None).map_err(|error| {
                let reason = format!("cannot listen on {}: {}", error.address, error.error);
                ConfigError::Invalid(vec![Problem::new(error.setting, reason)])
            })?),
            Scope::ProxyRoutes => None,
        };
        let before = self.state.load_full();
        let next = State::new(loaded, Some(&before), &self.metrics)?;
        let log_to = next.observed.log_target(Some(&before.observed)).map_err(ConfigError::Invalid)?;
        // From here on nothing is refused. Requests on new listeners find their routes.
        let before = self.state.swap(Arc::new(next));
        self.state.load().upstreams.start(Some(&before.upstreams));
        if let Some(target) = log_to {
            self.access_log.redirect(target);
        }
        self.slots.set_max(connections_max);
        self.drain.store(drain, Ordering::Relaxed);
        if let Some(prepared) = prepared
            && let Err(error) = self.listeners.apply(prepared).await
        {
            tracing::error!(%error, "the system refuses to watch a new listener; it is missing");
        }
        Ok(())
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Fixed {
    fn of(config: &Config) -> Self {
        let (workers, upstream_pools) = (config.workers, config.upstream_pools);
        Self { admin: config.admin.clone(), workers, upstream_pools }
    }

    fn changed(&self, next: &Self) -> Vec<Problem> {
        [
            ("admin.address", self.admin != next.admin),
            ("workers", self.workers != next.workers),
            ("upstream_pools", self.upstream_pools != next.upstream_pools),
        ]
        .into_iter()
        .filter(|(_, changed)| *changed)
        .map(|(path, _)| Problem::new(path, "cannot change while the gateway runs; restart it"))
        .collect()
    }
}
