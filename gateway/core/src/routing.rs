//! The compiled state that requests run on.

use crate::{
    attachment::Attachment,
    auth::{Keyring, TokenVerifier},
    cluster::CompiledCluster,
    lane::LanePolicy,
    limit::RouteLimits,
    resource::{Cluster, Forward, Resources, Route},
    retry::RetryBudget,
    route::RouteTable,
    split::Split,
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
    /// What forwarding needs; `None` when the route answers by itself.
    pub forward: Option<CompiledForward>,
    /// How often.
    pub limits: Option<RouteLimits>,
    /// What is counted of it.
    pub observed: Attachment,
}

/// The clusters a route refers to, and its count of retries.
#[derive(Debug)]
pub struct CompiledForward {
    /// Where requests go.
    pub split: Split<Arc<CompiledCluster>>,
    /// Where copies go.
    pub mirror: Option<Arc<CompiledCluster>>,
    /// How much may be repeated; `None` without a retry policy.
    pub retry_budget: Option<Arc<RetryBudget>>,
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
    /// A route whose clusters all have weight 0.
    #[error("route {0} has no cluster with a weight above 0")]
    EmptySplit(String),
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
        let old = previous.map(Self::by_name).unwrap_or_default();
        let mut routes = Vec::with_capacity(resources.routes.len());
        for route in resources.routes {
            let same = old.get(route.name.as_str()).copied();
            let forward = match route.forward() {
                Some(forward) => Some(compile_forward(&route.name, forward, &clusters, same)?),
                None => None,
            };
            let limits = RouteLimits::new(&route.rate_limits, same.and_then(|same| same.limits.as_ref()));
            let observed = Attachment::default();
            routes.push(Arc::new(CompiledRoute { forward, limits, observed, route }));
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

    /// The routes with what they refer to, in the order they were written.
    pub fn compiled_routes(&self) -> impl Iterator<Item = &Arc<CompiledRoute>> {
        self.table.routes()
    }

    /// The clusters with their live state, in no order.
    pub fn live_clusters(&self) -> impl Iterator<Item = &Arc<CompiledCluster>> {
        self.clusters.values()
    }

    /// The names of the consumers, in no order.
    pub fn consumer_names(&self) -> impl Iterator<Item = &str> {
        self.keyring.consumers().map(|consumer| consumer.name.as_str())
    }

    fn by_name(&self) -> HashMap<&str, &CompiledRoute> {
        self.table.routes().map(|compiled| (compiled.route.name.as_str(), compiled.as_ref())).collect()
    }
}

fn compile_forward(
    route: &str,
    forward: &Forward,
    clusters: &HashMap<String, Arc<CompiledCluster>>,
    same: Option<&CompiledRoute>,
) -> Result<CompiledForward, RoutingError> {
    let cluster = |name: &str| match clusters.get(name) {
        Some(cluster) => Ok(Arc::clone(cluster)),
        None => Err(RoutingError::UnknownCluster { route: route.to_owned(), cluster: name.to_owned() }),
    };
    let mut shares = Vec::with_capacity(forward.split.len());
    for share in &forward.split {
        shares.push((cluster(&share.cluster)?, share.weight));
    }
    let mirror = forward.mirror.as_ref().map(|mirror| cluster(&mirror.cluster)).transpose()?;
    let retry_budget = forward.retry.as_ref().map(|retry| {
        let old = same.and_then(|same| same.forward.as_ref()?.retry_budget.clone());
        old.filter(|old| old.percent() == retry.budget_percent)
            .unwrap_or_else(|| Arc::new(RetryBudget::new(retry.budget_percent)))
    });
    let split = Split::new(shares).ok_or_else(|| RoutingError::EmptySplit(route.to_owned()))?;
    Ok(CompiledForward { split, mirror, retry_budget })
}
