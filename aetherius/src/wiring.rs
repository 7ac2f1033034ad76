//! Who gets which clients: a service of this process, or the URL of one elsewhere.

use crate::{
    data_dir::DataDir,
    gateway::{self, PROJECT, Trusting},
    services::Service,
    settings::Config,
};
use aetherius_contracts::{
    audit::AuditClient, events::EventsClient, execution::ExecutionClient, intake::IntakeClient,
    knowledge::KnowledgeClient, notifications::NotificationsClient, reasoning::ReasoningClient,
    reports::ReportsClient, tasks::TasksClient,
};
use aetherius_orchestrator::Clients;
use aetherius_rpc::{CallerKey, Channel};
use aetherius_store::{Migration, Store};
use anyhow::Context;
use axum::Router;
use foundation::{metrics::Metrics, shutdown::Shutdown};
use std::{collections::BTreeMap, pin::Pin, sync::Arc};

/// The loop of a service.
pub(crate) type Loop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The services of this process, built and not yet running.
pub(crate) struct Wired {
    pub(crate) routers: BTreeMap<Service, Router>,
    pub(crate) loops: Vec<(Service, Loop)>,
}

/// The schema of all services; also of those that are not selected, so that the file does not depend on the selection.
pub(crate) fn migrations() -> Vec<Migration> {
    [
        aetherius_events::MIGRATIONS,
        aetherius_orchestrator::MIGRATIONS,
        aetherius_knowledge::MIGRATIONS,
        aetherius_execution::MIGRATIONS,
        aetherius_reports::MIGRATIONS,
        aetherius_notifications::MIGRATIONS,
        aetherius_audit::MIGRATIONS,
        aetherius_identity::MIGRATIONS,
    ]
    .concat()
}

/// Builds the selected services, callees first.
pub(crate) fn wire(
    config: &Config,
    data: &DataDir,
    store: &Store,
    key: &CallerKey,
    metrics: &Metrics,
    shutdown: &Shutdown,
) -> anyhow::Result<Wired> {
    let mut wired = Wired { routers: BTreeMap::new(), loops: Vec::new() };
    let (store, key, metrics) = (|| store.clone(), || key.clone(), || metrics.clone());
    for service in IN_ORDER.into_iter().filter(|service| config.selected.contains(service)) {
        let to = |called: Service| channel(called, &wired.routers, &config.urls, key());
        let (router, running): (Router, Option<Loop>) = match service {
            Service::Knowledge => {
                let deps = aetherius_knowledge::Deps { store: store(), key: key() };
                (aetherius_knowledge::Service::create(config.knowledge.clone(), deps).router(), None)
            }
            Service::Execution => {
                let deps = aetherius_execution::Deps { store: store(), key: key(), metrics: metrics() };
                let service = aetherius_execution::Service::create(config.execution.clone(), deps);
                (service.router(), Some(Box::pin(service.run(shutdown.clone()))))
            }
            Service::Reasoning => {
                let knowledge = KnowledgeClient::new(to(Service::Knowledge)?);
                let deps = aetherius_reasoning::Deps { key: key(), knowledge };
                (aetherius_reasoning::Service::create(config.reasoning.clone(), deps).router(), None)
            }
            Service::Events => {
                let deps = aetherius_events::Deps {
                    store: store(),
                    key: key(),
                    metrics: metrics(),
                    project_id: PROJECT.to_owned(),
                };
                let service = aetherius_events::Service::create(config.events.clone(), deps);
                (service.router(), Some(Box::pin(service.run(shutdown.clone()))))
            }
            Service::Orchestrator => {
                let clients = Clients {
                    reasoning: ReasoningClient::new(to(Service::Reasoning)?),
                    execution: ExecutionClient::new(to(Service::Execution)?),
                };
                let deps =
                    aetherius_orchestrator::Deps { store: store(), key: key(), metrics: metrics(), clients };
                let service = aetherius_orchestrator::Service::create(config.orchestrator.clone(), deps);
                (service.router(), Some(Box::pin(service.run(shutdown.clone()))))
            }
            Service::Reports => {
                let deps = aetherius_reports::Deps { store: store(), key: key(), metrics: metrics() };
                let service = aetherius_reports::Service::create(config.reports.clone(), deps);
                (service.router(), Some(Box::pin(service.run(shutdown.clone()))))
            }
            Service::Notifications => {
                let http = aetherius_rpc::channel::http_client().context("cannot make an HTTP client")?;
                let deps =
                    aetherius_notifications::Deps { store: store(), key: key(), metrics: metrics(), http };
                let service = aetherius_notifications::Service::create(config.notifications.clone(), deps);
                (service.router(), Some(Box::pin(service.run(shutdown.clone()))))
            }
            Service::Audit => {
                let deps = aetherius_audit::Deps { store: store(), key: key(), metrics: metrics() };
                let service = aetherius_audit::Service::create(config.audit.clone(), deps);
                (service.router(), Some(Box::pin(service.run(shutdown.clone()))))
            }
            Service::Identity => {
                let service = identity(&config.identity, data, store(), key(), metrics())?;
                (service.router(), Some(Box::pin(service.run(shutdown.clone()))))
            }
            Service::Api => {
                let deps = aetherius_api::Deps {
                    key: key(),
                    tasks: TasksClient::new(to(Service::Orchestrator)?),
                    events: EventsClient::new(to(Service::Events)?),
                    execution: ExecutionClient::new(to(Service::Execution)?),
                    reports: ReportsClient::new(to(Service::Reports)?),
                    notifications: NotificationsClient::new(to(Service::Notifications)?),
                    audit: AuditClient::new(to(Service::Audit)?),
                    log: config.selected.contains(&Service::Orchestrator).then(store),
                    gateway: Some(gateway_admin(config, key())?),
                    demo: aetherius_api::demo::DemoDeps {
                        events: IntakeClient::new(to(Service::Events)?),
                        shutdown: shutdown.clone(),
                        enabled: config.has_demo,
                    },
                    openapi: crate::openapi::document()?,
                };
                let service = aetherius_api::Service::create(config.api.clone(), deps);
                (service.router(), Some(Box::pin(service.run(shutdown.clone()))))
            }
        };
        wired.routers.insert(service, router);
        wired.loops.extend(running.map(|running| (service, running)));
    }
    Ok(wired)
}

/// The identity service alone; the command line needs no other.
pub(crate) fn identity(
    config: &aetherius_identity::Config,
    data: &DataDir,
    store: Store,
    key: CallerKey,
    metrics: Metrics,
) -> anyhow::Result<aetherius_identity::Service> {
    let deps = aetherius_identity::Deps {
        store,
        key,
        metrics,
        project_id: PROJECT.to_owned(),
        signing_keys: data.signing_keys()?,
        fixed_keys: gateway::fixed_keys(&data.admin_token()?, &data.webhook_token()?),
        surroundings: Arc::new(Trusting::new(data.clone())),
    };
    Ok(aetherius_identity::Service::create(config.clone(), deps))
}

/// Callees before their callers.
const IN_ORDER: [Service; 10] = [
    Service::Knowledge,
    Service::Execution,
    Service::Reasoning,
    Service::Events,
    Service::Orchestrator,
    Service::Reports,
    Service::Notifications,
    Service::Audit,
    Service::Identity,
    Service::Api,
];

fn channel(
    service: Service,
    routers: &BTreeMap<Service, Router>,
    urls: &BTreeMap<Service, String>,
    key: CallerKey,
) -> anyhow::Result<Channel> {
    if let Some(router) = routers.get(&service) {
        return Ok(Channel::local(service.name(), router.clone(), key));
    }
    let url =
        urls.get(&service).with_context(|| format!("nothing leads to {service}; set `urls.{service}`"))?;
    Channel::remote(service.name(), url, key).context("cannot make an HTTP client")
}

/// The gateway's admin server, wherever the gateway runs by then.
fn gateway_admin(config: &Config, key: CallerKey) -> anyhow::Result<Channel> {
    let socket = DataDir::open(&config.data)?.socket("agw-admin");
    Channel::unix("gateway", &socket, key).context("cannot make an HTTP client")
}

#[cfg(test)]
mod tests {
    use super::IN_ORDER;
    use crate::services::Service;

    #[test]
    fn callees_are_built_before_their_callers() {
        let place = |service: Service| IN_ORDER.iter().position(|&other| other == service).unwrap();
        for service in Service::ALL {
            for &called in service.calls() {
                assert!(place(called) < place(service), "{service} calls {called}");
            }
        }
    }
}
