//! What happens in the demonstration, and when: ten minutes in the life of a few shops.

use super::storm;
use std::{collections::BTreeMap, time::Duration};

/// Alerts that come together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// How long after the start, at speed 1.
    pub at: Duration,
    /// They are sent as one group.
    pub alerts: Vec<ScriptedAlert>,
}

impl Beat {
    pub(super) fn new(at_s: u64, alerts: Vec<ScriptedAlert>) -> Self {
        Self { at: Duration::from_secs(at_s), alerts }
    }

    /// How many alerts.
    pub(super) fn size(&self) -> u32 {
        u32::try_from(self.alerts.len()).unwrap_or(u32::MAX)
    }
}

/// An alert as Alertmanager would send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptedAlert {
    /// Among them `cluster`, which names a recorded one, and `demo`.
    pub labels: BTreeMap<String, String>,
    /// What it means.
    pub annotations: BTreeMap<String, String>,
    /// Whether this is its end.
    pub resolved: bool,
}

impl ScriptedAlert {
    /// About a place, which is a cluster and a namespace.
    pub(super) fn new(place: (&str, &str), severity: &str, name: &str, summary: &str) -> Self {
        let labels = [
            ("alertname", name),
            ("severity", severity),
            ("cluster", place.0),
            ("namespace", place.1),
            ("demo", "true"),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            labels: labels.map(owned).into(),
            annotations: [("summary", summary)].map(owned).into(),
            resolved: false,
        }
    }

    pub(super) fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn describe(mut self, text: &str) -> Self {
        self.annotations.insert("description".to_owned(), text.to_owned());
        self
    }

    pub(super) fn resolved(mut self) -> Self {
        self.resolved = true;
        self
    }
}

const BOOKSHOP: (&str, &str) = ("demo-amsterdam", "bookshop");
const TEASHOP: (&str, &str) = ("demo-bergen", "teashop");
const FLOWERSHOP: (&str, &str) = ("demo-cardiff", "flowershop");
const TOYSHOP: (&str, &str) = ("demo-dublin", "toyshop");
const RECORDSHOP: (&str, &str) = ("demo-edinburgh", "recordshop");
const CHEESE_SHOP: (&str, &str) = ("demo-geneva", "cheese-shop");
const LAMP_SHOP: (&str, &str) = ("demo-helsinki", "lamp-shop");
const SPICE_MARKET: (&str, &str) = ("demo-istanbul", "spice-market");
const COFFEE_SHOP: (&str, &str) = ("demo-jakarta", "coffee-shop");
const PAPER_SHOP: (&str, &str) = ("demo-kyoto", "paper-shop");
const FISH_MARKET: (&str, &str) = ("demo-lisbon", "fish-market");

/// The whole script, in order.
#[must_use]
pub fn play() -> Vec<Beat> {
    let one = |at_s, alert: &ScriptedAlert| Beat::new(at_s, vec![alert.clone()]);
    let rollout = rollout_stuck();
    let memory = out_of_memory();
    let mut beats = vec![
        one(20, &rollout),
        one(70, &memory),
        one(100, &rollout),
        one(125, &claim_pending()),
        one(150, &memory),
        one(170, &false_alarm()),
        one(205, &no_endpoints()),
        one(325, &rollout.resolved()),
        one(360, &secret_missing()),
        one(400, &quota_exceeded()),
        one(440, &unreachable()),
        one(480, &restarts()),
        one(520, &not_scheduled()),
        one(580, &cordoned_for_maintenance()),
    ];
    beats.extend(storm::beats(260, 545));
    beats.sort_by_key(|beat| beat.at);
    beats
}

fn rollout_stuck() -> ScriptedAlert {
    ScriptedAlert::new(
        BOOKSHOP,
        "high",
        "KubeDeploymentRolloutStuck",
        "The rollout of the deployment catalog does not progress.",
    )
    .label("deployment", "catalog")
    .describe("The new version of catalog was released 10 minutes ago, and none of its pods is ready. The version before still serves.")
}

fn out_of_memory() -> ScriptedAlert {
    ScriptedAlert::new(
        TEASHOP,
        "critical",
        "KubePodCrashLooping",
        "The container orders restarts again and again.",
    )
    .label("container", "orders")
    .describe("orders was restarted more than 5 times in 10 minutes; no order can be placed.")
}

fn claim_pending() -> ScriptedAlert {
    ScriptedAlert::new(
        FLOWERSHOP,
        "warning",
        "KubePersistentVolumeClaimPending",
        "A volume claim of the cache has been pending for 5 minutes.",
    )
    .label("deployment", "cache")
    .describe("The cache of the flowershop waits for its volume and has no running pod.")
}

fn false_alarm() -> ScriptedAlert {
    ScriptedAlert::new(TOYSHOP, "low", "KubePodRestarted", "The container cart was restarted.")
        .label("container", "cart")
        .describe("cart was restarted once in the last hour.")
}

fn no_endpoints() -> ScriptedAlert {
    ScriptedAlert::new(
        RECORDSHOP,
        "critical",
        "CatalogErrorRateHigh",
        "9 of 10 requests to the catalog fail with 503.",
    )
    .label("service", "catalog")
    .describe("The error rate of catalog has been above 90 % for 2 minutes. Its pods are ready.")
}

fn secret_missing() -> ScriptedAlert {
    ScriptedAlert::new(
        CHEESE_SHOP,
        "high",
        "KubeContainerWaiting",
        "The container orders has been waiting for 5 minutes.",
    )
    .label("container", "orders")
    .describe("A pod of orders does not start: CreateContainerConfigError.")
}

fn quota_exceeded() -> ScriptedAlert {
    ScriptedAlert::new(
        LAMP_SHOP,
        "warning",
        "KubeDeploymentReplicasMismatch",
        "cart has fewer replicas than were asked for.",
    )
    .label("deployment", "cart")
    .describe("cart was scaled up for the weekend 15 minutes ago, and the new replicas have not come.")
}

fn unreachable() -> ScriptedAlert {
    ScriptedAlert::new(
        SPICE_MARKET,
        "critical",
        "ProbeFailed",
        "The catalog does not answer the probe from outside.",
    )
    .label("service", "catalog")
    .describe("Connections to catalog time out; there was no release today.")
}

fn restarts() -> ScriptedAlert {
    ScriptedAlert::new(
        COFFEE_SHOP,
        "high",
        "KubePodRestartsOften",
        "The container catalog is restarted every minute.",
    )
    .label("container", "catalog")
    .describe("catalog is killed about once a minute although its log shows no error.")
}

fn not_scheduled() -> ScriptedAlert {
    ScriptedAlert::new(
        PAPER_SHOP,
        "warning",
        "KubePodNotScheduled",
        "A pod of the cart has been pending for 10 minutes.",
    )
    .label("deployment", "cart")
    .describe("The scheduler finds no node for cart.")
}

fn cordoned_for_maintenance() -> ScriptedAlert {
    ScriptedAlert::new(FISH_MARKET, "low", "KubeNodeUnschedulable", "One of three nodes takes no new pods.")
        .describe("A node has been cordoned for an hour.")
}
