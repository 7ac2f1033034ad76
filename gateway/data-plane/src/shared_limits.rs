//! Limits that gateways share, kept in Redis.
//!
//! All of a request's are taken by one script, so that it is exact however many gateways ask at once, and by the clock of Redis, so
//! that theirs need not agree. Nobody waits longer than the configuration says. After the first failure nobody waits at all: a task
//! of its own finds out when Redis is back.

use agw_config::config::RedisServer;
use agw_core::limit::{LimitKey, Open, Standing};
use arc_swap::ArcSwapOption;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, ErrorKind, RedisConnectionInfo,
    RedisError, RedisResult, Script, aio::MultiplexedConnection,
};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

const TOO_SLOW: &str = "no answer in time";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const DELAY_MIN: Duration = Duration::from_millis(100);
const DELAY_MAX: Duration = Duration::from_secs(5);
/// A connection that lasted as long was a good one; after it, the next is tried soon.
const LASTING: Duration = Duration::from_secs(10);
/// Warnings come no faster.
const WARNINGS_APART: Duration = Duration::from_secs(30);

/// The limits in one Redis.
pub(crate) struct SharedLimits {
    server: RedisServer,
    link: Arc<Link>,
    watcher: JoinHandle<()>,
}

/// What requests and the watcher have in common.
struct Link {
    script: Script,
    timeout: Duration,
    /// There as long as Redis answers.
    connection: ArcSwapOption<MultiplexedConnection>,
    lost: Notify,
    /// What the last connection was lost by.
    why: Mutex<String>,
}

impl SharedLimits {
    /// Begins to look for the server, in the background. Must be called in a tokio runtime.
    pub(crate) fn new(server: RedisServer) -> Self {
        let link = Arc::new(Link {
            script: Script::new(include_str!("shared_limits/take.lua")),
            timeout: server.timeout,
            connection: ArcSwapOption::empty(),
            lost: Notify::new(),
            why: Mutex::default(),
        });
        let watcher = tokio::spawn(watch(Arc::clone(&link), server.clone()));
        Self { server, link, watcher }
    }

    pub(crate) fn server(&self) -> &RedisServer {
        &self.server
    }

    /// Takes a request from these limits of a route, or from none of them. `None` when Redis does not answer in time.
    pub(crate) async fn take(&self, route: &str, open: &[Open<'_>]) -> Option<Vec<Standing>> {
        let connection = self.link.connection.load_full()?;
        let mut call = self.link.script.prepare_invoke();
        for Open { rule, key } in open {
            let (name, requests, seconds) = (&rule.name, rule.requests, rule.per.as_secs());
            call.key(format!("agw:limit:{route}:{name}:{requests}/{seconds}:{}", text(*key)));
            call.arg(requests).arg(rule.per.as_micros().to_string());
        }
        let mut shared = MultiplexedConnection::clone(&connection);
        match timeout(self.link.timeout, call.invoke_async::<Vec<u64>>(&mut shared)).await {
            Ok(Ok(numbers)) if numbers.len() == 2 * open.len() => {
                let standing = |pair: &[u64]| Standing {
                    full_in: Duration::from_micros(pair[0]),
                    wait: Duration::from_micros(pair[1]),
                };
                Some(numbers.chunks_exact(2).map(standing).collect())
            }
            Ok(Ok(numbers)) => {
                self.link.lose(&connection, format!("an answer of {} numbers", numbers.len()));
                None
            }
            Ok(Err(error)) => {
                self.link.lose(&connection, error.to_string());
                None
            }
            Err(_) => {
                self.link.lose(&connection, TOO_SLOW.to_owned());
                None
            }
        }
    }
}

impl Drop for SharedLimits {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

impl fmt::Debug for SharedLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedLimits").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Link {
    /// The first who notices says so; a connection made since then stays.
    fn lose(&self, connection: &Arc<MultiplexedConnection>, why: String) {
        let before = self.connection.compare_and_swap(connection, None);
        if before.as_ref().is_some_and(|before| Arc::ptr_eq(before, connection)) {
            *self.why.lock().unwrap_or_else(PoisonError::into_inner) = why;
            self.lost.notify_one();
        }
    }

    /// A connection on which the script works.
    async fn connect(&self, client: &Client) -> RedisResult<MultiplexedConnection> {
        let settings = AsyncConnectionConfig::new()
            .set_connection_timeout(CONNECT_TIMEOUT)
            .set_response_timeout(self.timeout.max(CONNECT_TIMEOUT));
        let mut connection = client.get_multiplexed_async_connection_with_config(&settings).await?;
        let mut call = self.script.prepare_invoke();
        call.key("agw:probe").arg(1).arg(1);
        // Once to load it, once to see whether answers come in time.
        call.invoke_async::<Vec<u64>>(&mut connection).await?;
        let answer = timeout(self.timeout, call.invoke_async::<Vec<u64>>(&mut connection)).await;
        answer.map_err(|_| RedisError::from((ErrorKind::IoError, TOO_SLOW)))??;
        Ok(connection)
    }
}

async fn watch(link: Arc<Link>, server: RedisServer) {
    let client = Client::open(ConnectionInfo {
        addr: ConnectionAddr::Tcp(server.host.clone(), server.port),
        redis: RedisConnectionInfo {
            db: server.db.into(),
            username: server.user,
            password: server.password.map(|password| password.0),
            ..RedisConnectionInfo::default()
        },
    });
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            return tracing::error!(%error, "no redis client; every gateway counts shared limits alone");
        }
    };
    let server = format!("{}:{}", server.host, server.port);
    let mut delay = DELAY_MIN;
    let mut warned: Option<Instant> = None;
    loop {
        let began = Instant::now();
        let why = match link.connect(&client).await {
            Ok(connection) => {
                tracing::info!(server, "shared limits are shared");
                link.connection.store(Some(Arc::new(connection)));
                link.lost.notified().await;
                link.why.lock().unwrap_or_else(PoisonError::into_inner).clone()
            }
            Err(error) => error.to_string(),
        };
        if warned.is_none_or(|at| at.elapsed() >= WARNINGS_APART) {
            warned = Some(Instant::now());
            tracing::warn!(server, why, "redis is not there; every gateway counts shared limits alone");
        }
        delay = if began.elapsed() >= LASTING { DELAY_MIN } else { (delay * 2).min(DELAY_MAX) };
        sleep(delay).await;
    }
}

fn text(key: LimitKey) -> String {
    match key {
        LimitKey::Client(address) => address.to_string(),
        LimitKey::Text(hash) => hex::encode(hash),
        LimitKey::Route => "all".to_owned(),
    }
}
