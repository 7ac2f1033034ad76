//! Keeps pages in a browser on this machine away from the admin server.
//!
//! Such a page can send requests to any address, and with a name that it lets lead to 127.0.0.1 (DNS rebinding) it could read the
//! answers too. Three facts give it away: a `Host` that is not a name of this machine, an `Origin`, and `Sec-Fetch-Site`. A browser
//! always sends `Origin` with a POST to another site. Programs send none of these, and nothing here is made for pages.

use http::{HeaderMap, HeaderName, header};
use std::net::IpAddr;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a request is refused; `None` if it may pass.
pub(super) fn refusal(headers: &HeaderMap, over_tcp: bool) -> Option<&'static str> {
    if headers.contains_key(header::ORIGIN) {
        return Some("this server is not for pages in a browser; call it without an Origin header");
    }
    // `none` is a person who typed the address.
    let fetched_by_page =
        headers.get(&FETCH_SITE).is_some_and(|site| site != "none" && site != "same-origin");
    if fetched_by_page {
        return Some("this server is not for pages in a browser");
    }
    // A browser cannot reach a Unix socket, and programs name it as they like.
    if over_tcp && !names_this_machine(headers) {
        return Some("the Host header must be localhost or a loopback address");
    }
    None
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let host = host.to_str().unwrap_or_default();
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => (address, port.strip_prefix(':').unwrap_or(port)),
        None => host.split_once(':').unwrap_or((host, "")),
    };
    let is_loopback = name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    (is_loopback || name.eq_ignore_ascii_case("localhost")) && port.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::refusal;
    use http::{HeaderMap, HeaderName, HeaderValue};

    fn passes(lines: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for &(name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        refusal(&headers, true).is_none()
    }

    #[test]
    fn programs_on_this_machine_pass_and_pages_do_not() {
        for host in ["localhost", "LOCALHOST:8082", "127.0.0.1:8082", "127.9.9.9", "[::1]:8082", "[::1]"] {
            assert!(passes(&[("host", host)]), "{host}");
        }
        for host in [
            "evil.test",
            "evil.test:8082",
            "127.0.0.1.evil.test",
            "localhost.evil.test",
            "192.0.2.1",
            "0.0.0.0:8082",
            "[::]",
            "[::1].evil.test",
            "",
            "127.0.0.1:8082@evil.test",
            "localhost:80:80",
        ] {
            assert!(!passes(&[("host", host)]), "{host}");
        }
        assert!(!passes(&[]), "without a Host");
        assert!(!passes(&[("host", "localhost"), ("host", "evil.test")]));
        let host = ("host", "localhost:8082");
        for origin in ["null", "http://localhost:3000", "http://localhost:8082", "https://evil.test"] {
            assert!(!passes(&[host, ("origin", origin)]), "{origin}");
        }
        for (site, expected) in
            [("none", true), ("same-origin", true), ("same-site", false), ("cross-site", false)]
        {
            assert_eq!(passes(&[host, ("sec-fetch-site", site)]), expected, "{site}");
        }
        assert_eq!(refusal(&HeaderMap::new(), false), None, "over a Unix socket the Host does not matter");
    }
}
