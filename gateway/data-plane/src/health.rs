//! Asks endpoints how they are, round by round.

use crate::upstream::Upstream;
use agw_core::{
    cluster::Member,
    health::Health,
    resource::{CheckKind, HealthCheck},
};
use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

mod probe;

pub(crate) use probe::CheckError;

/// Checks a cluster's endpoints, for ever.
pub(crate) async fn keep_checked(upstream: Arc<Upstream>) {
    let Some(check) = upstream.live.cluster.health_check.clone() else { return };
    let check = Arc::new(check);
    loop {
        let next = Instant::now() + jittered(check.interval);
        let mut round = JoinSet::new();
        for member in upstream.live.members() {
            round.spawn(check_one(Arc::clone(&upstream), Arc::clone(&check), member));
        }
        // Dropped with this task, the set ends what still runs.
        while round.join_next().await.is_some() {}
        sleep_until(next).await;
    }
}

async fn check_one(upstream: Arc<Upstream>, check: Arc<HealthCheck>, member: Arc<Member>) {
    let Ok(_permit) = upstream.common.checks.acquire().await else { return };
    let result = timeout(check.timeout, ask(&upstream, &check.kind, &member)).await;
    let result = result.unwrap_or(Err(CheckError::Timeout(check.timeout)));
    let now = upstream.common.now();
    let cluster = upstream.live.cluster.name.as_str();
    let endpoint = &member.target;
    match (upstream.live.checked(&member, result.is_ok(), now), &result) {
        (Some(Health::Healthy), _) => tracing::info!(cluster, %endpoint, "endpoint is healthy again"),
        (Some(_), Err(error)) => tracing::warn!(cluster, %endpoint, %error, "endpoint is unhealthy"),
        _ => {}
    }
}

async fn ask(upstream: &Upstream, kind: &CheckKind, member: &Member) -> Result<(), CheckError> {
    let mut peer = upstream.peer_for_check(member).ok_or(CheckError::NoAddress)?;
    let http2 = matches!(kind, CheckKind::Grpc { .. })
        || upstream.live.cluster.protocol == agw_core::resource::Protocol::Http2;
    if http2 {
        peer.options.alpn = pingora_core::protocols::ALPN::H2;
    }
    let stream = upstream.common.connector().new_stream(&*peer).await.map_err(CheckError::Connect)?;
    match kind {
        CheckKind::Tcp => Ok(()),
        CheckKind::Http { path, host, statuses } => {
            let host = host.clone().unwrap_or_else(|| authority(member));
            let status = if http2 {
                probe::http2(stream, peer.is_tls(), &host, path).await?
            } else {
                probe::http1(stream, &host, path).await?
            };
            let good =
                if statuses.is_empty() { (200..300).contains(&status) } else { statuses.contains(&status) };
            if good { Ok(()) } else { Err(CheckError::Status(status)) }
        }
        CheckKind::Grpc { service } => probe::grpc(stream, peer.is_tls(), &authority(member), service).await,
    }
}

/// What endpoints are called when the configuration does not say.
fn authority(member: &Member) -> String {
    use agw_core::{cluster::Target, resource::Address};
    match (&member.host, &member.target) {
        (Some(host), Target::Tcp(address)) => {
            Address::Tcp { host: host.clone(), port: address.port() }.to_string()
        }
        _ => "localhost".to_owned(),
    }
}

/// The time give or take a tenth. The standard library's hash keys are random enough to spread checks.
fn jittered(time: Duration) -> Duration {
    let draw = u32::try_from(RandomState::new().hash_one(0) % 1000).unwrap_or(0);
    time * 9 / 10 + time / 5 * draw / 1000
}
