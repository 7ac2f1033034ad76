//! What servers and client libraries of databases say in their own words.

use crate::rules::resolution::UNKNOWN_NAME;

/// A kind of database, by the protocol that its clients speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    MySql,
    Postgres,
    Mongo,
    Redis,
}

impl Engine {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::MySql => "MySQL",
            Self::Postgres => "PostgreSQL",
            Self::Mongo => "MongoDB",
            Self::Redis => "Redis",
        }
    }

    /// The port where such servers listen unless they are told otherwise.
    pub(super) fn port(self) -> u16 {
        match self {
            Self::MySql => 3306,
            Self::Postgres => 5432,
            Self::Mongo => 27017,
            Self::Redis => 6379,
        }
    }
}

/// What a line complains about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    /// Nobody listens where the client asks.
    Refused,
    /// The connection does not come about, and the log does not say why.
    Lost,
    /// The client is not who it says.
    Credentials,
    /// The server takes no writes.
    ReadOnly,
    /// The server takes no more clients.
    Connections,
    /// The client's own pool got no connection; the server may be why.
    Pool,
}

use Complaint::{Connections, Credentials, Lost, Pool, ReadOnly, Refused};
use Engine::{Mongo, MySql, Postgres, Redis};

/// In lower case; each begins and ends with letters, so that its line can be cited by it.
const PHRASES: [(&str, Complaint, Engine); 37] = [
    ("sql error: 1045, sqlstate", Credentials, MySql),
    ("sql error: 1290, sqlstate", ReadOnly, MySql),
    ("sql error: 1040, sqlstate", Connections, MySql),
    ("access denied for user", Credentials, MySql),
    ("password authentication failed for user", Credentials, Postgres),
    ("no pg_hba.conf entry for host", Credentials, Postgres),
    ("the server requested password-based authentication", Credentials, Postgres),
    ("sasl authentication failed", Credentials, Postgres),
    ("mongoservererror: authentication failed", Credentials, Mongo),
    ("command authenticate failed: authentication failed", Credentials, Mongo),
    ("exception authenticating mongocredential", Credentials, Mongo),
    ("wrongpass invalid username-password pair", Credentials, Redis),
    ("noauth authentication required", Credentials, Redis),
    ("running with the --read-only option", ReadOnly, MySql),
    ("running with the --super-read-only option", ReadOnly, MySql),
    ("running with the --innodb-read-only option", ReadOnly, MySql),
    ("running in read-only mode", ReadOnly, MySql),
    ("in a read-only transaction", ReadOnly, Postgres),
    ("during recovery", ReadOnly, Postgres),
    ("notwritableprimary", ReadOnly, Mongo),
    ("not master and slaveok=false", ReadOnly, Mongo),
    ("write against a read only replica", ReadOnly, Redis),
    ("write against a read only slave", ReadOnly, Redis),
    ("too many connections for role", Connections, Postgres),
    ("too many connections for database", Connections, Postgres),
    ("remaining connection slots are reserved", Connections, Postgres),
    ("too many clients already", Connections, Postgres),
    ("too many open connections", Connections, Mongo),
    ("max number of clients reached", Connections, Redis),
    ("exceeded the 'max_user_connections'", Connections, MySql),
    ("more than 'max_user_connections' active connections", Connections, MySql),
    ("too many connections", Connections, MySql),
    ("connection is not available, request timed out", Pool, MySql),
    ("can't connect to mysql server on", Refused, MySql),
    ("can't connect to server on", Refused, MySql),
    ("accepting tcp/ip connections", Refused, Postgres),
    ("could not connect to redis at", Refused, Redis),
];

/// The driver's head line for every connection that fails, whatever the reason, which follows.
const LINK_FAILURE: &str = "communications link failure";

/// Words of client libraries, by which a bare refusal is known to come from one.
const LIBRARIES: [(&str, Engine); 19] = [
    (LINK_FAILURE, MySql),
    ("com.mysql", MySql),
    ("org.mariadb", MySql),
    ("jdbc:mysql", MySql),
    ("jdbc:mariadb", MySql),
    ("pymysql", MySql),
    ("node_modules/mysql", MySql),
    ("go-sql-driver", MySql),
    ("[mysql]", MySql),
    ("org.postgresql", Postgres),
    ("jdbc:postgresql", Postgres),
    ("psycopg", Postgres),
    ("node_modules/pg", Postgres),
    ("failed to connect to `host=", Postgres),
    ("com.mongodb", Mongo),
    ("pymongo", Mongo),
    ("mongoserverselectionerror", Mongo),
    ("io.lettuce", Redis),
    ("redis.exceptions", Redis),
];

/// Through a mesh, a port where nobody listens takes the connection and lets it fall.
const REFUSALS: [&str; 4] = [
    "connection refused",
    "econnrefused",
    "errno 111",
    "read 0 bytes before connection was unexpectedly lost",
];

/// A library names itself in a trace of calls near the refusal.
const NEAR: usize = 12;

/// A complaint, and words of its line by which it can be cited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) complaint: Complaint,
    pub(super) engine: Engine,
    pub(super) phrase: &'static str,
}

/// What the lines of a log complain about, each complaint about each kind of database once.
pub(super) fn said(lines: &[String]) -> Vec<Said> {
    let lower: Vec<String> = lines.iter().map(|line| line.to_ascii_lowercase()).collect();
    let mut found: Vec<Said> = Vec::new();
    let mut add = |said: Said| {
        if !found.iter().any(|known| (known.complaint, known.engine) == (said.complaint, said.engine)) {
            found.push(said);
        }
    };
    for (number, line) in lower.iter().enumerate() {
        if let Some((phrase, complaint, engine)) = PHRASES.iter().find(|(phrase, ..)| line.contains(phrase)) {
            if *complaint != Refused || is_refusal(line) {
                add(Said { complaint: *complaint, engine: *engine, phrase });
            }
            continue;
        }
        let Some(refusal) = REFUSALS.into_iter().find(|words| line.contains(words)) else {
            continue;
        };
        if let Some((words, engine)) = library(line) {
            add(Said {
                complaint: Refused,
                engine,
                phrase: if words == LINK_FAILURE { words } else { refusal },
            });
            continue;
        }
        let window = lower[number.saturating_sub(NEAR)..lower.len().min(number + NEAR)].iter();
        let nearest = window.enumerate().filter_map(|(at, line)| Some((at, library(line)?)));
        let own = number.min(NEAR);
        if let Some((_, (_, engine))) = nearest.min_by_key(|(at, _)| at.abs_diff(own)) {
            add(Said { complaint: Refused, engine, phrase: refusal });
        }
    }
    let is_known = found.iter().any(|said| said.engine == MySql)
        || UNKNOWN_NAME.iter().any(|words| lines.iter().any(|line| line.contains(words)));
    if !is_known && lower.iter().any(|line| line.contains(LINK_FAILURE)) {
        found.push(Said { complaint: Lost, engine: MySql, phrase: LINK_FAILURE });
    }
    found
}

/// A connection that times out has other reasons more often than a port.
fn is_refusal(line: &str) -> bool {
    line.contains("refused")
        || line.contains("111")
        || line.contains("61)")
        || line.contains("accepting tcp/ip")
}

fn library(line: &str) -> Option<(&'static str, Engine)> {
    LIBRARIES.into_iter().find(|(words, _)| line.contains(words))
}
