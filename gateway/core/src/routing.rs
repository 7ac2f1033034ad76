//! The compiled state that requests run on.

use crate::{
    auth::{Keyring, TokenVerifier},
    balance::RoundRobin,
    lane::LanePolicy,
    limit::RouteLimits,
    resource::{Cluster, Resources, Route},
    route::RouteTable,
};
use std::{collections::HashMap, sync::Arc};

/// Resources with their indices. Immutable but for the counters of limits and balancing.
#[derive(Debug)]
pub struct Routing {
    /// From request to route.
    pub(crate) table: RouteTable<Arc<CompiledRoute>>,
    /// From credential to caller.
    pub(crate) keyring: Keyring,
    pub(crate) lanes: LanePolicy,
    clusters: HashMap<String, Arc<CompiledCluster>>,
}

/// A route with what it refers to.
#[derive(Debug)]
pub struct CompiledRoute {
    /// The route as configured.
    pub route: Route,
    /// Where its requests go.
    pub cluster: Arc<CompiledCluster>,
    /// How often.
    pub limits: Option<RouteLimits>,
}

/// A cluster with its turn counter.
#[derive(Debug)]
pub struct CompiledCluster {
    /// The cluster as configured.
    pub cluster: Cluster,
    /// Whose turn it is.
    pub balance: RoundRobin,
}

/// Resources that do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoutingError {
    /// A route names a cluster that is not there.
    #[error("route {route} refers to the cluster {cluster}, which does not exist")]
    UnknownCluster {
        /// The route.
        route: String,
        /// The name it uses.
        cluster: String,
    },
    /// A cluster without endpoints.
    #[error("cluster {0} has no endpoints")]
    EmptyCluster(String),
}

impl Routing {
    /// Builds the indices. Rate limits that did not change since `previous` go on counting where they were.
    ///
    /// # Errors
    /// The first reference that leads nowhere.
    pub fn compile(resources: Resources, previous: Option<&Self>) -> Result<Self, RoutingError> {
        let mut clusters = HashMap::new();
        for cluster in resources.clusters {
            if cluster.endpoints.is_empty() {
                return Err(RoutingError::EmptyCluster(cluster.name));
            }
            let name = cluster.name.clone();
            clusters.insert(name, Arc::new(CompiledCluster { cluster, balance: RoundRobin::default() }));
        }
        let mut routes = Vec::with_capacity(resources.routes.len());
        for route in resources.routes {
            let Some(cluster) = clusters.get(&route.cluster) else {
                return Err(RoutingError::UnknownCluster { route: route.name, cluster: route.cluster });
            };
            let limited = previous.and_then(|previous| previous.limits_of(&route.name));
            let limits = RouteLimits::new(&route.rate_limits, limited);
            routes.push(Arc::new(CompiledRoute { cluster: Arc::clone(cluster), limits, route }));
        }
        Ok(Self {
            table: RouteTable::new(routes, |compiled| &compiled.route),
            keyring: Keyring::new(resources.consumers),
            lanes: resources.lanes,
            clusters,
        })
    }

    /// The same, with tokens checked by `tokens`.
    #[must_use]
    pub fn with_tokens(self, tokens: Arc<dyn TokenVerifier>) -> Self {
        Self { keyring: self.keyring.with_tokens(tokens), ..self }
    }

    /// How requests get their lane.
    #[must_use]
    pub fn lanes(&self) -> &LanePolicy {
        &self.lanes
    }

    /// The routes, in the order they were written.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.table.routes().map(|compiled| &compiled.route)
    }

    /// The clusters, in no order.
    pub fn clusters(&self) -> impl Iterator<Item = &Cluster> {
        self.clusters.values().map(|compiled| &compiled.cluster)
    }

    /// The names of the consumers, in no order.
    pub fn consumer_names(&self) -> impl Iterator<Item = &str> {
        self.keyring.consumers().map(|consumer| consumer.name.as_str())
    }

    fn limits_of(&self, route: &str) -> Option<&RouteLimits> {
        self.table.routes().find(|old| old.route.name == route)?.limits.as_ref()
    }
}
