//! A stand-in until the service itself is written over it.
#![allow(missing_docs, dead_code)]
use aetherius_rpc::CallerKey;
use axum::Router;
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {}
#[derive(Clone, Debug)]
pub struct Config;
impl Settings { pub fn validate(&self) -> Result<Config, Vec<foundation::settings::Problem>> { Ok(Config) } }
use aetherius_contracts::{tasks::TasksClient, reports::ReportsClient, notifications::NotificationsClient, audit::AuditClient};
pub struct Deps { pub key: CallerKey, pub tasks: TasksClient, pub reports: ReportsClient, pub notifications: NotificationsClient, pub audit: AuditClient }
pub struct Service;
impl Service { pub fn create(_: Config, _: Deps) -> Self { Self } pub fn router(&self) -> Router { Router::new() } }
