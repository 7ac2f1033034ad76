use super::*;
use std::fs;

fn read(cluster: &str, dir: &Path) -> Result<Cluster, String> {
    let yaml = format!(
        "clusters: [{{name: c, {cluster}}}]\nroutes: [{{name: r, match: {{path_prefix: /}}, cluster: c}}]"
    );
    match crate::read(&yaml, dir) {
        Ok(mut config) => Ok(config.resources.clusters.remove(0)),
        Err(problems) => Err(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

#[test]
fn the_defaults_of_the_file_and_of_the_resource_are_the_same() {
    let endpoint = Address::Tcp { host: "a".to_owned(), port: 1 };
    assert_eq!(read("endpoints: ['a:1']", Path::new("/")), Ok(Cluster::new("c", vec![endpoint.into()])));
}

#[test]
fn every_field_arrives() {
    let yaml = "endpoints: [{address: 'unix:/s', weight: 3, lane: a.b}],
        balance: {consistent_hash: {header: X-User}}, protocol: http2, panic_percent: 10,
        health_check: {kind: grpc, host: svc, interval_ms: 100, timeout_ms: 50, healthy_after: 1, unhealthy_after: 4},
        outliers: {consecutive_failures: 7, ejection_ms: 10, max_ejected_percent: 20},
        circuit_breaker: {connections_max: 4, pending_max: 5, requests_max: 6,
          failure_ratio: {above: 0.25, window_ms: 1000, requests_min: 8, open_ms: 9000, half_open_requests: 2}},
        connect_timeout_ms: 11, idle_timeout_ms: 1200, dns_refresh_ms: 1300,
        tls: {server_name: s.test, verify: false}";
    insta::assert_debug_snapshot!(read(yaml, Path::new("/")).unwrap());
}

#[test]
fn every_problem_is_said_with_its_path() {
    let yaml = "endpoints: [{address: 'a:1', weight: 0, lane: 'a..b'}, 'b:1', 'b:1', {address: 'b:1', lane: x}, 'unix:/s'],
        balance: {consistent_hash: {header: 'a b'}}, protocol: http2, panic_percent: 101,
        health_check: {kind: http, path: x, host: 'a b', statuses: [99], interval_ms: 1, timeout_ms: 1, healthy_after: 0, unhealthy_after: 101},
        outliers: {consecutive_failures: 0, ejection_ms: 1, max_ejected_percent: 0},
        circuit_breaker: {connections_max: 0, idle_connections_max: 1, requests_max: 0,
          failure_ratio: {above: 2, window_ms: 1, requests_min: 0, open_ms: 1, half_open_requests: 0}},
        connect_timeout_ms: 0, idle_timeout_ms: 1, dns_refresh_ms: 1,
        tls: {ca_file: nowhere.pem, cert_file: nowhere.pem}";
    insta::assert_snapshot!(read(yaml, Path::new("/nonexistent")).unwrap_err());
    assert!(read("endpoints: ['a:1'], circuit_breaker: {pending_max: 1}", Path::new("/")).is_err());
    assert!(read("endpoints: ['a:1'], balance: {consistent_hash: {cookie: 'a b'}}", Path::new("/")).is_err());
    assert!(read("endpoints: ['a:1'], balance: {consistent_hash: {query: ''}}", Path::new("/")).is_err());
}

#[test]
fn certificates_and_keys_are_read_and_must_fit() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    for name in ["a", "b"] {
        let made = rcgen::generate_simple_self_signed(vec![format!("{name}.test")]).unwrap();
        write(&format!("{name}.pem"), &made.cert.pem());
        write(&format!("{name}.key"), &made.signing_key.serialize_pem());
    }
    write("empty.pem", "nothing\n");
    write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let tls = |fields: &str| read(&format!("endpoints: ['a:1'], tls: {{{fields}}}"), dir.path());

    let good = tls("ca_file: a.pem, cert_file: b.pem, key_file: b.key").unwrap().tls.unwrap();
    assert_eq!(good.authorities.unwrap().len(), 1);
    assert_eq!(good.identity.unwrap().chain.len(), 1);
    for (fields, expected) in [
        ("cert_file: a.pem, key_file: b.key", "tls.key_file: does not fit cert_file"),
        ("cert_file: a.key, key_file: a.key", "holds no certificate"),
        ("cert_file: a.pem, key_file: a.pem", "holds no private key"),
        ("cert_file: a.pem", "tls.key_file: there is a cert_file"),
        ("key_file: a.key", "tls.cert_file: there is a key_file"),
        ("ca_file: empty.pem", "holds no certificate"),
        ("ca_file: broken.pem", "holds a broken certificate"),
        ("server_name: 'a b'", "neither a host name nor an address"),
    ] {
        let problem = tls(fields).unwrap_err();
        assert!(problem.contains(expected), "{fields}: {problem}");
    }
}
