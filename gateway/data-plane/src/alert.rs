//! The gateway's own alerts: each second its counters are looked at, `agw-core` decides, and who is to know is told.
//!
//! Whatever the configuration says, a cluster that is down or cannot be connected to is logged, once when it begins and once when it
//! is over. Nothing is sent unless receivers are configured.

use crate::{metrics::Metrics, state::State};
use agw_config::config::Alerts as Settings;
use arc_swap::ArcSwap;
use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant, SystemTime},
};
use tokio::time::{MissedTickBehavior, interval};

mod deliver;
mod email;
pub(crate) mod event;
mod watch;

use deliver::Receivers;
use event::Event;
use watch::Watches;

const TICK: Duration = Duration::from_secs(1);
/// Alertmanager takes an alert for resolved when it does not hear of it again in time (`resolve_timeout`, 5 min).
const REMIND_EVERY_S: u64 = 60;

/// The alerts that are raised now.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    firing: Mutex<Vec<Arc<Event>>>,
}

impl Alerts {
    /// Starts watching, for as long as the value is held. Must be called in a tokio runtime.
    pub(crate) fn start(state: Arc<ArcSwap<State>>, metrics: Arc<Metrics>) -> Arc<Self> {
        let alerts = Arc::new(Self::default());
        tokio::spawn(watch(Arc::downgrade(&alerts), state, metrics));
        alerts
    }

    /// The alerts that are raised now, the oldest first; for whoever asks for the gateway's status.
    pub(crate) fn firing(&self) -> Vec<Arc<Event>> {
        self.firing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take_in(&self, event: &Arc<Event>, metrics: &Metrics) {
        let mut firing = self.firing.lock().unwrap_or_else(PoisonError::into_inner);
        firing.retain(|other| (&other.alert, &other.of) != (&event.alert, &event.of));
        if event.is_raised() {
            firing.push(Arc::clone(event));
        }
        let before = metrics.alerts.firing.get();
        metrics.alerts.firing.add((firing.len() as u64).wrapping_sub(before));
    }
}

async fn watch(alerts: Weak<Alerts>, state: Arc<ArcSwap<State>>, metrics: Arc<Metrics>) {
    let zero = Instant::now();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut settings: Arc<Settings> = Arc::default();
    let mut watches = Watches::new(&settings);
    let mut receivers = Receivers::new(&settings, &metrics);
    let mut reminded_s = 0;
    loop {
        ticks.tick().await;
        let Some(alerts) = alerts.upgrade() else { return };
        let state = state.load_full();
        let now_s = zero.elapsed().as_secs();
        let mut events = Vec::new();
        if *settings != *state.observed.alerts {
            if settings.webhooks != state.observed.alerts.webhooks
                || settings.email != state.observed.alerts.email
            {
                receivers = Receivers::new(&state.observed.alerts, &metrics);
            }
            settings = Arc::clone(&state.observed.alerts);
            events.extend(watches.replace(&settings, SystemTime::now()));
        }
        events.extend(watches.step(&state, &metrics, now_s, SystemTime::now()));
        for event in events {
            let event = Arc::new(event);
            event.log();
            alerts.take_in(&event, &metrics);
            if !event.only_logged {
                receivers.tell(&event);
            }
        }
        if now_s - reminded_s >= REMIND_EVERY_S {
            reminded_s = now_s;
            for event in alerts.firing().iter().filter(|event| !event.only_logged) {
                receivers.remind(event);
            }
        }
    }
}
