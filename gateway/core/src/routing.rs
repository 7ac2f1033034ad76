//! The compiled state that requests run on.

use crate::{
    auth::{Keyring, TokenVerifier},
    cluster::CompiledCluster,
    lane::LanePolicy,
    limit::RouteLimits,
    resource::{Cluster, Resources, Route},
    route::RouteTable,
};
use std::{collections::HashMap, sync::Arc};

/// Resources with their indices. Immutable but for the counters of limits and the live state of clusters.
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
    /// Builds the indices. Rate limits that did not change since `previous` go on counting where they were; clusters and endpoints
    /// that stay keep what is known of them.
    ///
    /// # Errors
    /// The first reference that leads nowhere.
    pub fn compile(resources: Resources, previous: Option<&Self>) -> Result<Self, RoutingError> {
        let mut clusters = HashMap::new();
        for cluster in resources.clusters {
            if cluster.endpoints.is_empty() {
                return Err(RoutingError::EmptyCluster(cluster.name));
            }
            let before = previous.and_then(|previous| previous.clusters.get(&cluster.name));
            let compiled = match before {
                Some(same) if same.cluster == cluster => Arc::clone(same),
                _ => Arc::new(CompiledCluster::new(cluster, before.map(Arc::as_ref))),
            };
            clusters.insert(compiled.cluster.name.clone(), compiled);
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

    /// The clusters with their live state, in no order.
    pub fn live_clusters(&self) -> impl Iterator<Item = &Arc<CompiledCluster>> {
        self.clusters.values()
    }

    /// The names of the consumers, in no order.
    pub fn consumer_names(&self) -> impl Iterator<Item = &str> {
        self.keyring.consumers().map(|consumer| consumer.name.as_str())
    }

    fn limits_of(&self, route: &str) -> Option<&RouteLimits> {
        self.table.routes().find(|old| old.route.name == route)?.limits.as_ref()
    }
}
