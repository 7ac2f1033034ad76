//! A running gateway.

use crate::{
    admin,
    bind::{self, BindError},
    listener::{self, Listening},
    metrics::Metrics,
    proxy::Proxy,
    reload::{self, History, Scope},
    state::{ConfigError, Loaded, State},
    watch,
};
use agw_config::{
    Problem,
    config::{AdminAddress, Config},
};
use arc_swap::ArcSwap;
use foundation::shutdown::Shutdown;
use jiff::Timestamp;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// A gateway that accepts connections. Dropping it without [`Gateway::drain`] leaves it running until its runtime ends.
#[derive(Debug)]
pub struct Gateway {
    shared: Arc<Shared>,
    listening: Listening,
    admin_stop: Shutdown,
}

/// What the gateway's parts have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) state: Arc<ArcSwap<State>>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) admin_address: AdminAddress,
    pub(crate) started: Timestamp,
    pub(crate) history: Arc<History>,
    config_path: PathBuf,
    fixed: Fixed,
    /// Held during a reload, so that two do not compile against the same predecessor.
    reloading: tokio::sync::Mutex<()>,
}

/// What a reload cannot change.
#[derive(Debug, PartialEq)]
struct Fixed {
    listeners: Vec<SocketAddr>,
    admin: AdminAddress,
    connections_max: usize,
    drain: Duration,
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
}

impl Gateway {
    /// Reads the configuration, binds every address and begins to serve. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// A configuration with problems, or an address that cannot be listened on; then nothing is left running.
    pub async fn start(config_path: PathBuf) -> Result<Self, StartError> {
        // Shown to people and programs that are somewhere else.
        let config_path = std::path::absolute(&config_path).unwrap_or(config_path);
        let loaded = Loaded::read(&config_path)?;
        let fixed = Fixed::of(&loaded.config);
        let mut sockets = Vec::new();
        for (index, listener) in loaded.config.listeners.iter().enumerate() {
            let setting = match index {
                0 => "listeners[0].address, or --listen of aetherius serve".to_owned(),
                _ => format!("listeners[{index}].address"),
            };
            sockets.push(bind::tcp(&setting, listener.address)?);
        }
        let (admin_socket, admin_address) = admin::bind(&loaded.config.admin)?;

        let metrics = Arc::new(Metrics::new());
        let state = Arc::new(ArcSwap::from_pointee(State::new(loaded, None)?));
        let proxy = Proxy::new(Arc::clone(&state), Arc::clone(&metrics));
        let listening = listener::serve(sockets, proxy, fixed.connections_max, &metrics);
        let shared = Arc::new(Shared {
            state,
            metrics,
            addresses: listening.addresses().to_vec(),
            admin_address,
            started: Timestamp::now(),
            history: Arc::default(),
            config_path,
            fixed,
            reloading: tokio::sync::Mutex::default(),
        });
        let admin_stop = Shutdown::new();
        tokio::spawn(admin::serve(admin_socket, Arc::clone(&shared), admin_stop.clone()));
        tokio::spawn(watch::run(Arc::clone(&shared), admin_stop.clone()));
        for address in &shared.addresses {
            tracing::info!(%address, "listening");
        }
        tracing::info!(address = %shared.admin_address, "admin server listening");
        Ok(Self { shared, listening, admin_stop })
    }

    /// The addresses clients can connect to, in the order of the configuration, with the ports the system chose.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.shared.addresses
    }

    /// Where the admin server listens.
    #[must_use]
    pub fn admin_address(&self) -> &AdminAddress {
        &self.shared.admin_address
    }

    /// Reads the configuration again; requests that begin from now on use it.
    ///
    /// # Errors
    /// Why it was not taken over; the old one stays.
    pub async fn reload(&self) -> Result<(), ConfigError> {
        self.shared.reload(Scope::Config, "the program").await
    }

    /// Stops accepting, lets requests in flight finish for as long as the configuration says, then ends the rest.
    pub async fn drain(self) {
        self.listening.drain(self.shared.fixed.drain).await;
        self.admin_stop.request();
        if let AdminAddress::Unix(path) = &self.shared.admin_address {
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

    async fn read_again(&self, scope: Scope) -> Result<(), ConfigError> {
        let path = self.config_path.clone();
        let running = self.state.load_full();
        let read = tokio::task::spawn_blocking(move || match scope {
            Scope::Config => Loaded::read(&path),
            Scope::ProxyRoutes => reload::read_proxy_routes(&path, &running),
        })
        .await;
        let loaded = read.unwrap_or_else(|panic| {
            let error = std::io::Error::other(panic);
            Err(ConfigError::Unreadable { path: self.config_path.clone(), error })
        })?;
        let changed = self.fixed.changed(&Fixed::of(&loaded.config));
        if !changed.is_empty() {
            return Err(ConfigError::Invalid(changed));
        }
        let next = State::new(loaded, Some(&self.state.load()))?;
        self.state.store(Arc::new(next));
        Ok(())
    }
}

impl Fixed {
    fn of(config: &Config) -> Self {
        Self {
            listeners: config.listeners.iter().map(|listener| listener.address).collect(),
            admin: config.admin.clone(),
            connections_max: config.connections_max,
            drain: config.drain,
        }
    }

    fn changed(&self, next: &Self) -> Vec<Problem> {
        [
            ("listeners", self.listeners != next.listeners),
            ("admin.address", self.admin != next.admin),
            ("connections_max", self.connections_max != next.connections_max),
            ("drain_ms", self.drain != next.drain),
        ]
        .into_iter()
        .filter(|(_, changed)| *changed)
        .map(|(path, _)| Problem::new(path, "cannot change while the gateway runs; restart it"))
        .collect()
    }
}
