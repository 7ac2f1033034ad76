//! An alert that begins or ends, as it is logged and sent.

use crate::access_log::json::rfc3339;
use agw_config::settings::WebhookFormat;
use agw_core::alert::{Change, Rule, Signal};
use serde::Serialize;
use serde_json::{Value, json};
use std::{fs, time::SystemTime};

#[cfg(test)]
mod tests;

/// An alert that begins or ends. Also what a webhook gets.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Event {
    /// The rule's name.
    pub(crate) alert: String,
    state: &'static str,
    on: &'static str,
    /// The route's or the cluster's name.
    pub(crate) of: String,
    value: f64,
    above: f64,
    resolve_below: f64,
    for_s: u64,
    since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved: Option<String>,
    summary: String,
    gateway: String,
    /// A fault that nobody asked to be told of.
    #[serde(skip)]
    pub(crate) only_logged: bool,
    #[serde(skip)]
    of_route: bool,
}

impl Event {
    /// `since` is when the alert was raised.
    pub(crate) fn new(rule: &Rule, of: &str, change: Change, since: SystemTime, now: SystemTime) -> Self {
        Self {
            alert: rule.name.clone(),
            state: if change.raised { "raised" } else { "resolved" },
            on: rule.on.as_str(),
            of: of.to_owned(),
            value: change.value,
            above: rule.above,
            resolve_below: rule.resolve_below,
            for_s: rule.for_s,
            since: rfc3339(since),
            resolved: (!change.raised).then(|| rfc3339(now)),
            summary: summary(rule, of, change),
            gateway: host_name(),
            only_logged: false,
            of_route: rule.on.is_of_route(),
        }
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.resolved.is_none()
    }

    /// The same, of which nobody is told but the log.
    pub(crate) fn only_logged(self, only_logged: bool) -> Self {
        Self { only_logged, ..self }
    }

    pub(crate) fn log(&self) {
        let Self { alert, on, of, value, summary, .. } = self;
        if self.is_raised() {
            tracing::warn!(alert, on, of, value, "alert raised: {summary}");
        } else {
            tracing::info!(alert, on, of, value, "alert resolved: {summary}");
        }
    }

    /// The body for a receiver.
    pub(crate) fn body(&self, format: WebhookFormat) -> Value {
        match format {
            WebhookFormat::Json => json!(self),
            WebhookFormat::AlertmanagerApi => {
                let Value::Object(mut alert) = self.prometheus() else { return Value::Null };
                alert.remove("status");
                json!([alert])
            }
            WebhookFormat::AlertmanagerWebhook => {
                let status = if self.is_raised() { "firing" } else { "resolved" };
                let labels = self.labels();
                json!({
                    "version": "4",
                    "groupKey": format!("agw:{}:{}", self.alert, self.of),
                    "truncatedAlerts": 0,
                    "status": status,
                    "receiver": "agw",
                    "groupLabels": { "alertname": self.alert },
                    "commonLabels": labels,
                    "commonAnnotations": { "summary": self.summary },
                    "externalURL": "",
                    "alerts": [self.prometheus()],
                })
            }
        }
    }

    /// The mail's subject and text.
    pub(crate) fn mail(&self) -> (String, String) {
        let subject = format!("[agw] {} {}: {}", self.alert, self.state, self.of);
        let mut text = format!(
            "{}\n\nalert:    {}\nstate:    {}\non:       {}\nof:       {}\nvalue:    {}\nabove:    {}\nsince:    {}\n",
            self.summary, self.alert, self.state, self.on, self.of, self.value, self.above, self.since
        );
        if let Some(resolved) = &self.resolved {
            text.push_str(&format!("resolved: {resolved}\n"));
        }
        text.push_str(&format!("gateway:  {}\n", self.gateway));
        (subject, text)
    }

    fn labels(&self) -> Value {
        let kind = if self.of_route { "route" } else { "upstream" };
        json!({
            "alertname": self.alert,
            "severity": "warning",
            "job": "agw",
            "instance": self.gateway,
            "signal": self.on,
            kind: self.of,
        })
    }

    fn prometheus(&self) -> Value {
        let mut alert = json!({
            "status": if self.is_raised() { "firing" } else { "resolved" },
            "labels": self.labels(),
            "annotations": { "summary": self.summary, "value": self.value.to_string() },
            "startsAt": self.since,
        });
        if let Some(resolved) = &self.resolved {
            alert["endsAt"] = json!(resolved);
        }
        alert
    }
}

fn summary(rule: &Rule, of: &str, change: Change) -> String {
    let Change { raised, value } = change;
    let (above, for_s) = (rule.above, rule.for_s);
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let what = match rule.on {
        Signal::LatencyP99 => format!("the slowest hundredth of requests on route {of} takes {value:.0} ms"),
        Signal::ErrorRatio => format!("{} of answers on route {of} are 5xx", percent(value)),
        Signal::ConnectFailureRatio => format!("{} of connections to cluster {of} fail", percent(value)),
        Signal::UpstreamDown if raised => {
            return format!("cluster {of} has no healthy endpoint, for {for_s} s");
        }
        Signal::UpstreamDown => return format!("cluster {of} is no longer without a healthy endpoint"),
    };
    let bound = match rule.on {
        Signal::LatencyP99 => format!("{above:.0} ms"),
        _ => percent(above),
    };
    if raised { format!("{what}; more than {bound} for {for_s} s") } else { format!("{what} now") }
}

fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}
