//! The data plane: a configuration made to run.
//!
//! A connection is accepted ([`listener`]) and given to a thread ([`worker`]) that reads its requests ([`connection`]); they go through the hooks of [`proxy`] in the order in which its files are
//! listed there, and what to do with each is decided by `agw-core`. [`state`] is what they run on; [`admin`] is for operators.
//! What happened is told by [`metrics`], [`access_log`], [`trace`] and [`alert`], which never make a request wait.
//!
//! Invariants:
//! - a request ends on the state it began with; a reload replaces the state and touches no connection;
//! - a body is never buffered as a whole;
//! - a request that may have reached an upstream is not sent again unless its method is idempotent;
//! - keys and signatures are never logged;
//! - Pingora is named in [`listener`], [`connection`], [`stream`], [`http1`], [`worker`], [`upstream`], [`problem`] and [`proxy`] only.

mod accept;
mod access_log;
mod admin;
mod alert;
mod bind;
mod change_log;
mod connection;
mod ctl;
mod deadline;
mod dns;
mod error_log;
mod gateway;
mod health;
mod http1;
mod identity;
mod jwks;
mod json_xml;
mod listener;
mod metrics;
mod notify;
mod observe;
mod outbound;
mod problem;
mod proxy;
mod random;
mod reload;
mod run;
mod shared_limits;
mod slots;
mod source;
mod state;
mod stream;
mod tls;
mod trace;
mod upgrade;
mod upstream;
mod watch;
mod websocket;
mod worker;
mod xml;

pub use bind::BindError;
pub use ctl::{CtlCommand, CtlOptions, ExplainArgs, UpdateArgs, ctl};
pub use gateway::{Gateway, StartError};
pub use run::{RunOptions, check, run};
pub use state::ConfigError;
pub use upgrade::UpgradeError;
