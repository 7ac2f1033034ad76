use super::*;
use ipnet::IpNet;

fn shown(peer: &str, trusted: &[&str], values: &[&str]) -> String {
    let trusted = Networks(
        trusted
            .iter()
            .map(|text| text.parse::<IpAddr>().map_or_else(|_| text.parse().unwrap(), IpNet::from))
            .collect(),
    );
    let way = way(peer.parse().unwrap(), &trusted, values.iter().copied());
    let via: Vec<String> = way.via.iter().map(ToString::to_string).collect();
    format!("{} via {}", way.client, via.join(" "))
}

#[test]
fn only_trusted_proxies_are_believed() {
    let inside = &["10.0.0.0/8", "::1"];
    for (peer, trusted, values, expected) in [
        ("9.9.9.9", &[][..], &["1.1.1.1"][..], "9.9.9.9 via "),
        ("9.9.9.9", inside, &["1.1.1.1"], "9.9.9.9 via "),
        ("10.0.0.1", inside, &[], "10.0.0.1 via "),
        ("10.0.0.1", inside, &["1.1.1.1"], "1.1.1.1 via 10.0.0.1"),
        ("::ffff:10.0.0.1", inside, &["1.1.1.1:80"], "1.1.1.1 via 10.0.0.1"),
        ("::1", inside, &["[2001:db8::1]:80"], "2001:db8::1 via ::1"),
        ("10.0.0.1", inside, &["6.6.6.6, 1.1.1.1"], "1.1.1.1 via 10.0.0.1"),
        ("10.0.0.1", inside, &["6.6.6.6", "1.1.1.1, 10.0.0.2"], "1.1.1.1 via 10.0.0.2 10.0.0.1"),
        ("10.0.0.1", inside, &["1.1.1.1, unknown"], "10.0.0.1 via "),
        ("10.0.0.1", inside, &["10.0.0.3,10.0.0.2"], "10.0.0.3 via 10.0.0.2 10.0.0.1"),
    ] {
        assert_eq!(shown(peer, trusted, values), expected, "{peer} {values:?}");
    }
}
