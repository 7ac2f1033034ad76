use super::*;
use crate::resource::CheckKind;

const MS: Duration = Duration::from_millis(1);

#[test]
fn checks_in_a_row_take_an_endpoint_out_and_bring_it_back() {
    let settings = HealthCheck {
        kind: CheckKind::Tcp,
        interval: Duration::from_secs(1),
        timeout: Duration::from_secs(1),
        healthy_after: 2,
        unhealthy_after: 3,
    };
    let state = EndpointState::default();
    let mut changes = Vec::new();
    for (second, ok) in [0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 1].into_iter().enumerate() {
        let now = Duration::from_secs(second as u64);
        if let Some(change) = state.checked(&settings, ok == 1, now) {
            assert_eq!(state.health(now), change);
            changes.push((second, change));
        }
    }
    let since = Duration::from_secs(5);
    assert_eq!(changes, [(5, Health::Unhealthy { since }), (10, Health::Healthy)]);
}

#[test]
fn the_average_follows_the_latency_and_a_bad_one_fades() {
    let state = EndpointState::default();
    assert_eq!(state.latency(), None);
    assert!(state.cost(MS) < 1.0, "an endpoint nobody knows is tried");
    state.in_flight.store(1, Ordering::Relaxed);
    assert!(state.cost(MS) > 1e8, "but by one request at a time");
    state.in_flight.store(0, Ordering::Relaxed);

    state.answered_after(100 * MS, Duration::ZERO);
    assert_eq!(state.latency(), Some(100 * MS));
    state.answered_after(10 * MS, LATENCY_DECAY);
    let after = state.latency().unwrap();
    assert!(after > 42 * MS && after < 44 * MS, "10 + 90/e: {after:?}");
    assert!(state.cost(LATENCY_DECAY * 11) < 10.0, "in milliseconds it was 43000");
    let before = state.cost(LATENCY_DECAY);
    state.in_flight.store(3, Ordering::Relaxed);
    assert!((state.cost(LATENCY_DECAY) / before - 4.0).abs() < 1e-9, "each request under way counts");
}
