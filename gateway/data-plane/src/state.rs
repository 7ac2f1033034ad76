//! What requests run on, and how it is replaced.

use crate::{
    identity::Signer,
    jwks::Issuers,
    listener::Terms,
    metrics::Metrics,
    observe::Observed,
    shared_limits::SharedLimits,
    source::{self, Source},
    tls::{self, ServerTls},
    upstream::Upstreams,
};
use agw_config::{Config, Problem};
use agw_core::{
    auth::TokenVerifier,
    routing::{Routing, RoutingError},
};
use sha2::{Digest, Sha256};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The state of one configuration.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) routing: Routing,
    /// What runs for its clusters, once started.
    pub(crate) upstreams: Upstreams,
    pub(crate) signer: Option<Signer>,
    pub(crate) observed: Observed,
    /// Where limits are kept that gateways share.
    pub(crate) shared_limits: Option<Arc<SharedLimits>>,
    pub(crate) issuers: Arc<Issuers>,
    /// SHA-256 of the file, to tell which one runs.
    pub(crate) config_sha256: String,
    pub(crate) source: Source,
}

impl State {
    /// Compiles a configuration. Counters of `previous` go on where they can.
    pub(crate) fn new(
        loaded: Loaded,
        previous: Option<&Self>,
        metrics: &Arc<Metrics>,
    ) -> Result<Self, ConfigError> {
        let Loaded { config, sha256, source, .. } = loaded;
        // What parsing made lies scattered among what it threw away, whose memory it would keep from the system. A copy lies together.
        let resources = config.resources.clone();
        drop(config.resources);
        let routing = Routing::compile(resources, previous.map(|state| &state.routing))?;
        let before = previous.map(|state| &state.observed);
        let observed = Observed::new(config.observe, config.mask, &routing, metrics, before);
        let known = previous.and_then(|state| state.shared_limits.as_ref());
        let shared_limits = config.redis.map(|server| {
            let same = known.filter(|known| *known.server() == server);
            same.map_or_else(|| Arc::new(SharedLimits::new(server)), Arc::clone)
        });
        let upstreams = Upstreams::new(&routing, previous.map(|state| &state.upstreams));
        let issuers = Issuers::new(config.jwt_issuers, previous.map(|state| &*state.issuers));
        let issuers = Arc::new(issuers);
        let routing = routing.with_tokens(Arc::clone(&issuers) as Arc<dyn TokenVerifier>);
        let signer = config.identity.map(Signer::new);
        Ok(Self {
            routing,
            upstreams,
            signer,
            observed,
            shared_limits,
            issuers,
            config_sha256: sha256,
            source,
        })
    }
}

/// A configuration as it was found in a file.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// Of each listener, in their order.
    pub(crate) tls: Vec<Option<ServerTls>>,
    pub(crate) sha256: String,
    pub(crate) source: Source,
}

impl Loaded {
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |error| ConfigError::Unreadable { path: path.to_owned(), error };
        let text = source::text(path).map_err(unreadable)?;
        // Before they are read, so that a change in between is noticed as one.
        let content = source::content(&source::files(path, &text));
        let mut config = agw_config::read(&text, source::dir(path)).map_err(ConfigError::Invalid)?;
        let tls = tls::load(&config).map_err(ConfigError::Invalid)?;
        let source = Source::new(path, &text, content, &mut config);
        Ok(Self { config, tls, sha256: hex::encode(Sha256::digest(text.as_bytes())), source })
    }

    /// What each listener is to say to those that connect.
    pub(crate) fn terms(&self) -> Vec<Terms> {
        let listeners = self.config.listeners.iter().zip(&self.tls);
        listeners.map(|(listener, tls)| Terms { listener: listener.clone(), tls: tls.clone() }).collect()
    }
}

/// Why a configuration was not taken over. The running one stays.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The configuration has problems.
    #[error("the configuration has {} problem(s):\n{}", .0.len(), foundation::settings::list(.0))]
    Invalid(Vec<Problem>),
    /// The resources do not fit together.
    #[error(transparent)]
    Routing(#[from] RoutingError),
}
